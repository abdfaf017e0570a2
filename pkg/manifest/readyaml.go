package manifest

import "bytes"

// yaml gives the document of YAML that begins with the window.
func (r *reader) yaml() bool {
	scan := yamlScan{directives: r.rest()[0] == '%'}
	for {
		end, over := scan.next(r)
		if end > whole && !over && !scan.asked && !r.options.Lists {
			scan.asked = true
			if list, ok := r.cutList(r.rest()[:end]); ok {
				return r.yamlItems(list)
			}
		}
		switch {
		case end > r.limit:
			return r.pass("the document", isMarker)
		case over:
			return r.give(Text{}, end)
		}
	}
}

// yamlScan finds the end of a document, line by line.
type yamlScan struct {
	at int
	// directives says that there were only directives yet.
	directives bool
	// asked says that it is known not to be a List that can be cut.
	asked bool
}

// next passes over one line, or as much of it as may be held. The document is
// over where the next one begins, or the stream ends.
func (s *yamlScan) next(r *reader) (end int, over bool) {
	end, all := r.lineEnd(s.at, r.limit)
	line := r.rest()[s.at:end]
	if bare := bytes.TrimPrefix(line, []byte("\xef\xbb\xbf")); marker(bare) != 0 {
		if s.at > 0 && (!s.directives || marker(bare) == '.') {
			return s.at, true
		}
		s.directives = false
	}
	if all {
		s.at = end
	}
	return end, all && end == len(r.rest()) && !r.more()
}

// pass gives the error for a text that is too large, and passes over the lines
// of it up to one at which something else begins.
func (r *reader) pass(what string, begins func(line []byte) bool) bool {
	if !r.fails(r.tooLarge(r.firstLine(), what)) {
		return false
	}
	// The first line may be the document's own separator.
	r.release(r.skipLine(0))
	r.passTo(begins)
	return true
}

func isMarker(line []byte) bool { return marker(line) != 0 }

// passTo releases lines up to one at which a document begins.
func (r *reader) passTo(begins func(line []byte) bool) {
	for len(r.rest()) > 0 || r.more() {
		end, all := r.lineEnd(0, whole)
		if begins(r.rest()[:end]) {
			return
		}
		if r.release(end); !all {
			r.release(r.skipLine(0))
		}
	}
}

// firstLine is where the content of the window begins.
func (r *reader) firstLine() Position {
	line, _ := firstLine(r.rest())
	return Position{File: r.name, Line: r.line + line}
}

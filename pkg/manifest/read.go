package manifest

import (
	"bytes"
	"errors"
	"io"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// ErrTooLarge says that a document is larger than a stream may hold.
var ErrTooLarge = errors.New("document too large")

// whole is the size, in bytes, up to which a document is held before anything
// of it is decoded: what follows may tell that it is no JSON, or no List. The
// items of larger Lists are cut out one by one.
const whole = 1 << 20

// reader cuts a stream into texts.
type reader struct {
	*window
	options Options
	limit   int
	yield   func(Text) bool
	// at is where a JSON text that is not held to its end is being read.
	at int
}

// read gives the texts of a stream. It is false to end.
func read(name string, in io.Reader, options Options, yield func(Text) bool) bool {
	r := &reader{window: newWindow(name, in), options: options, limit: options.limit()}
	found := false
	r.yield = func(t Text) bool {
		found = true
		return yield(t)
	}
	for {
		at, more := r.content()
		if !more {
			break
		}
		if !r.document(at) {
			return false
		}
	}
	if r.err != nil && !r.ended() {
		return r.fails(r.err)
	}
	if !found {
		options.skip(Position{File: name}, "there is no document in it")
	}
	return true
}

// content passes over what is no document: blank lines, comments, separators.
// It gives the offset of the first other byte in its line, which is the first
// of the window.
func (r *reader) content() (at int, more bool) {
	for {
		text := r.rest()
		at := len(text) - len(bytes.TrimLeft(text, " \t\r\n"))
		if at == len(text) || len(text)-at < 4 {
			// Four bytes tell a separator from a text that begins like one.
			if r.more() {
				continue
			}
			if at == len(text) || r.err != nil && !r.ended() {
				return 0, false
			}
		}
		text = r.rest()
		begin := bytes.LastIndexByte(text[:at], '\n') + 1
		switch line := text[begin:]; {
		case bytes.HasPrefix(line, []byte("\xef\xbb\xbf")):
			// Files that were joined have it anywhere.
			r.release(begin + 3)
		case line[at-begin] == '#' && r.bare(at), isMarker(line) && r.bare(begin+3):
			end, _ := r.lineEnd(begin, r.limit)
			r.release(end)
		default:
			r.release(begin)
			return at - begin, true
		}
	}
}

// skipLine passes over a line of any length and returns the offset behind it.
func (r *reader) skipLine(from int) int {
	for {
		end, all := r.lineEnd(from, whole)
		if all {
			return end
		}
		r.release(end)
		from = 0
	}
}

// marker is the first byte of a line that begins ("---") or ends ("...") a
// document of YAML, and 0 for other lines.
func marker(line []byte) byte {
	if len(line) < 3 || line[0] != '-' && line[0] != '.' || line[1] != line[0] || line[2] != line[0] {
		return 0
	}
	if len(line) > 3 && !bytes.ContainsRune([]byte(" \t\r\n"), rune(line[3])) {
		return 0
	}
	return line[0]
}

// bare tells whether the rest of a line has nothing but a comment. YAML 1.1
// has more line breaks than are looked for here; what has one is left to its reader.
func (r *reader) bare(from int) bool {
	end, all := r.lineEnd(from, r.limit)
	rest := bytes.TrimSpace(r.rest()[from:end])
	return all && (len(rest) == 0 || rest[0] == '#' && !bytes.ContainsAny(rest, "\r\u0085\u2028\u2029"))
}

// document gives the document that begins in the first line of the window.
func (r *reader) document(at int) bool {
	if !r.looksLikeJSON(at) {
		return r.yaml()
	}
	b := brackets{at: at}
	for !b.pass(r.rest()) {
		if b.at-at > whole {
			r.release(at)
			return r.object()
		}
		if !r.more() {
			// It is cut off, or no JSON; YAML's reader tells.
			return r.yaml()
		}
	}
	if !r.alone(b.at) {
		return r.yaml()
	}
	r.release(at)
	return r.give(Text{json: true}, b.at-at)
}

// looksLikeJSON tells whether an object of JSON may begin at an offset.
func (r *reader) looksLikeJSON(at int) bool {
	if r.rest()[at] != '{' {
		return false
	}
	for {
		rest := bytes.TrimLeft(r.rest()[at+1:], " \t\r\n")
		if len(rest) > 0 {
			return rest[0] == '"' || rest[0] == '}'
		}
		if !r.more() {
			return false
		}
	}
}

// alone tells whether nothing that belongs to a value of YAML is behind it in
// its line: the line ends, another object begins, or a comment.
func (r *reader) alone(end int) bool {
	for {
		rest := bytes.TrimLeft(r.rest()[end:], " \t\r")
		switch {
		case len(rest) > 0:
			comment := rest[0] == '#' && len(rest) < len(r.rest())-end
			return rest[0] == '\n' || rest[0] == '{' || comment
		case !r.more():
			return true
		}
	}
}

// give yields the text up to an offset, with what is known of it, and releases
// it.
func (r *reader) give(t Text, end int) bool {
	if r.err != nil && !r.ended() && end == len(r.rest()) {
		// The text is not whole; the error is told instead.
		r.release(end)
		return true
	}
	t.jsonText = jsonText{name: r.name, line: r.line, text: bytes.Clone(r.rest()[:end])}
	t.lists = r.options.Lists
	r.release(end)
	return r.yield(t)
}

// fails gives an error in place of a text.
func (r *reader) fails(err error) bool {
	return r.yield(Text{jsonText: jsonText{name: r.name}, err: err})
}

// tooLarge is the error for a document, or another thing, at a line.
func (r *reader) tooLarge(at Position, what string) error {
	return advice.Errorf("split it into several objects, or take it out of the files that are read",
		"%s: %w: %s has more than %d bytes", at, ErrTooLarge, what, r.limit)
}

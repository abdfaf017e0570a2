package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// window is the part of a stream that is being looked at. Offsets count from
// its first byte.
type window struct {
	in   io.Reader
	name string
	// data is what was read; what is before start was released.
	data  []byte
	start int
	// line and column are those of the first byte, from 1.
	line, column int
	// err is why nothing more can be read: io.EOF at the end.
	err error
}

// At the beginning little is read at once, as most files are small, and then more
// and more, up to chunk; in bytes.
const (
	smallest = 8 << 10
	chunk    = 256 << 10
)

func newWindow(name string, in io.Reader) *window {
	w := &window{in: in, name: name, line: 1, column: 1}
	for len(w.data) < 3 && w.more() {
		continue
	}
	text := w.rest()
	switch {
	case bytes.HasPrefix(text, []byte("\xff\xfe")) || bytes.HasPrefix(text, []byte("\xfe\xff")):
		w.fail(advice.Errorf("convert it to UTF-8, for example with iconv -f UTF-16 -t UTF-8",
			"%s: %w: the text is UTF-16", w.position(0), ErrSyntax))
	case bytes.HasPrefix(text, []byte("\xef\xbb\xbf")):
		w.start = 3
	}
	return w
}

// rest is what was read and not released.
func (w *window) rest() []byte { return w.data[w.start:] }

// ended tells whether all was read, and well.
func (w *window) ended() bool { return errors.Is(w.err, io.EOF) }

// more reads on. It is false where there is no more, or an error.
func (w *window) more() bool {
	if w.err != nil {
		return false
	}
	if w.start > len(w.data)/2 {
		w.data = w.data[:copy(w.data, w.rest())]
		w.start = 0
	}
	before := len(w.data)
	if cap(w.data)-before < smallest {
		w.data = slices.Grow(w.data, min(max(smallest, before), chunk))
	}
	room := w.data[before:min(before+chunk, cap(w.data))]
	n := 0
	for tries := 0; n == 0 && w.err == nil; tries++ {
		n, w.err = w.in.Read(room)
		if tries == 100 {
			w.err = io.ErrNoProgress
		}
	}
	w.data = w.data[:before+n]
	if w.err != nil && !w.ended() {
		w.err = fmt.Errorf("reading %s: %w", Position{File: w.name}, w.err)
	}
	if nul := bytes.IndexByte(w.data[before:], 0); nul >= 0 {
		// UTF-16 without a mark has one for each letter.
		at := before - w.start + nul
		w.data = w.data[:before+nul]
		w.err = advice.Errorf("give text in UTF-8", "%s: %w: a byte that is 0: the file is binary, or UTF-16", w.position(at), ErrSyntax)
	}
	return n > 0
}

// fail ends the stream here, as nothing in it can be understood.
func (w *window) fail(err error) {
	w.data, w.start, w.err = nil, 0, err
}

// release forgets the first n bytes.
func (w *window) release(n int) {
	gone := w.rest()[:n]
	if lines := bytes.Count(gone, []byte("\n")); lines > 0 {
		w.line += lines
		w.column = n - bytes.LastIndexByte(gone, '\n')
	} else {
		w.column += n
	}
	w.start += n
}

// lineAt is the line of a byte.
func (w *window) lineAt(at int) int { return w.line + bytes.Count(w.rest()[:at], []byte("\n")) }

// position is that of a byte.
func (w *window) position(at int) Position {
	before := w.rest()[:at]
	p := Position{File: w.name, Line: w.lineAt(at), Column: w.column + at}
	if last := bytes.LastIndexByte(before, '\n'); last >= 0 {
		p.Column = at - last
	}
	return p
}

// lineEnd is the offset behind the line that begins at an offset. The line is
// not whole where it is longer than limit; then whole is false.
func (w *window) lineEnd(from, limit int) (end int, whole bool) {
	for at := from; ; {
		text := w.rest()
		if i := bytes.IndexByte(text[at:], '\n'); i >= 0 {
			return at + i + 1, true
		}
		at = len(text)
		if at-from > limit {
			return at, false
		}
		if !w.more() {
			return len(w.rest()), true
		}
	}
}

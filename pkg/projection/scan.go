package projection

import (
	"errors"
	"fmt"
	"io"
)

// scanner reads JSON from a stream, a window at a time. It passes over what
// nobody needs without decoding it, and copies the rest as it is written, but
// without the space between tokens.
type scanner struct {
	in     io.Reader
	window []byte
	// next and end bound what of the window is not read yet.
	next, end int
	// name is the last name of a member, scratch the last value that was
	// passed over: both are kept for their memory.
	name, scratch []byte
}

const (
	windowSize = 64 << 10
	// deepest bounds how deep values may be nested, as encoding/json does.
	deepest = 10000
)

func newScanner(in io.Reader) *scanner {
	return &scanner{in: in, window: make([]byte, windowSize)}
}

// fill reads on when the window is used up. At the end of the stream the error
// is io.ErrUnexpectedEOF.
func (s *scanner) fill() error {
	for range 100 {
		n, err := s.in.Read(s.window)
		if n > 0 {
			s.next, s.end = 0, n
			return nil
		}
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return err
		}
	}
	return io.ErrNoProgress
}

// space is what may stand between tokens.
func space(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

// peek returns the first byte of the next token.
func (s *scanner) peek() (byte, error) {
	for {
		for ; s.next < s.end; s.next++ {
			if c := s.window[s.next]; !space(c) {
				return c, nil
			}
		}
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
}

// want makes sure of the first byte of the next token.
func (s *scanner) want(want byte) error {
	c, err := s.peek()
	if err == nil && c != want {
		err = fmt.Errorf("want %q, found %q", want, c)
	}
	return err
}

// take reads one token of one byte.
func (s *scanner) take(want byte) error {
	err := s.want(want)
	if err == nil {
		s.next++
	}
	return err
}

// atEnd makes sure that nothing but space is left.
func (s *scanner) atEnd() error {
	switch c, err := s.peek(); {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil
	case err != nil:
		return err
	default:
		return fmt.Errorf("found %q after the end", c)
	}
}

// members reads an object. For each member it calls each with the name, as it
// is written with its quotes; each reads the value, and the name is gone then.
func (s *scanner) members(each func(name []byte) error) error {
	return s.sequence('{', '}', func() (err error) {
		if s.name, err = s.copyString(s.name[:0]); err != nil {
			return err
		}
		if err := s.take(':'); err != nil {
			return err
		}
		return each(s.name)
	})
}

// elements reads an array, and calls each, which reads an element.
func (s *scanner) elements(each func() error) error { return s.sequence('[', ']', each) }

// sequence reads what stands between two brackets, with commas in between.
func (s *scanner) sequence(start, end byte, each func() error) error {
	if err := s.take(start); err != nil {
		return err
	}
	for first := true; ; first = false {
		c, err := s.peek()
		switch {
		case err != nil:
			return err
		case c == end:
			s.next++
			return nil
		case !first:
			if err := s.take(','); err != nil {
				return err
			}
		}
		if err := each(); err != nil {
			return err
		}
	}
}

// copyScalar appends a number, true, false or null as it is written; whether
// it is one shows when it is decoded.
func (s *scanner) copyScalar(to []byte) ([]byte, error) {
	start := len(to)
	for {
		for ; s.next < s.end; s.next++ {
			c := s.window[s.next]
			if c == ',' || c == '}' || c == ']' || space(c) {
				if len(to) == start {
					return to, fmt.Errorf("want a value, found %q", c)
				}
				return to, nil
			}
			to = append(to, c)
		}
		if err := s.fill(); err != nil {
			if errors.Is(err, io.ErrUnexpectedEOF) && len(to) > start {
				return to, nil // a document may be one number
			}
			return to, err
		}
	}
}

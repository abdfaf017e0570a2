package projection

import (
	"bytes"
	"errors"
	"fmt"
)

// copyValue appends the next value as it is written.
func (s *scanner) copyValue(to []byte) ([]byte, error) {
	switch c, err := s.peek(); {
	case err != nil:
		return to, err
	case c == '{' || c == '[' || c == '"':
		return s.pass(to, true)
	default:
		return s.copyScalar(to)
	}
}

// copyString appends a string as it is written, quotes and all.
func (s *scanner) copyString(to []byte) ([]byte, error) {
	c, err := s.peek()
	if err != nil {
		return to, err
	}
	if c != '"' {
		return to, fmt.Errorf("want a string, found %q", c)
	}
	return s.pass(to, true)
}

// skipValue passes over the next value.
func (s *scanner) skipValue() error {
	switch c, err := s.peek(); {
	case err != nil:
		return err
	case c == '{' || c == '[' || c == '"':
		_, err := s.pass(nil, false)
		return err
	default:
		s.scratch, err = s.copyScalar(s.scratch[:0])
		return err
	}
}

// marks are the bytes that pass stops at outside of strings.
var marks = [256]bool{'"': true, '{': true, '}': true, '[': true, ']': true}

// pass reads a string, an object or an array, which is next, to its end, and
// appends it if that is asked for. Nearly all that a cluster sends goes
// through here, and nearly all of it is not needed: so this looks at each byte
// once, and at brackets and quotes only.
func (s *scanner) pass(to []byte, copying bool) ([]byte, error) {
	var (
		depth   int
		kinds   uint64 // a bit for each of the innermost brackets: 1 for an object
		inside  bool   // a string
		escaped bool   // the next byte of a string is taken as it is
		lost    bool   // it was too deep to know the outer brackets
	)
	for {
		window := s.window[s.next:s.end]
		i := 0
		for i < len(window) {
			if inside {
				i, inside, escaped = endOfString(window, i, escaped)
				if !inside && depth == 0 {
					s.next += i
					return appendIf(copying, to, window[:i]), nil
				}
				continue
			}
			for i < len(window) && !marks[window[i]] {
				i++
			}
			if i == len(window) {
				break
			}
			switch c := window[i]; c {
			case '"':
				inside = true
			case '{', '[':
				if depth++; depth > deepest {
					return to, errors.New("too deep")
				}
				lost = lost || depth > 64
				kinds <<= 1
				if c == '{' {
					kinds |= 1
				}
			default:
				if !lost && (c == '}') != (kinds&1 == 1) {
					return to, fmt.Errorf("a bracket is closed by %q", c)
				}
				kinds >>= 1
				if depth--; depth == 0 {
					s.next += i + 1
					return appendIf(copying, to, window[:i+1]), nil
				}
			}
			i++
		}
		to = appendIf(copying, to, window)
		s.next = s.end
		if err := s.fill(); err != nil {
			return to, err
		}
	}
}

func appendIf(copying bool, to, text []byte) []byte {
	if copying {
		return append(to, text...)
	}
	return to
}

// endOfString looks for the quote that ends a string. It returns what is next,
// and whether that is still in the string, and escaped.
func endOfString(window []byte, i int, escaped bool) (next int, inside, nextEscaped bool) {
	start := i
	for {
		quote := bytes.IndexByte(window[i:], '"')
		if quote < 0 {
			return len(window), true, oddBackslashes(window[start:], escaped)
		}
		if i += quote; !oddBackslashes(window[start:i], escaped) {
			return i + 1, false, false
		}
		start, escaped = i+1, false
		if i++; i == len(window) {
			return i, true, false
		}
	}
}

// oddBackslashes tells whether the byte after a text is escaped; escaped is
// whether its first byte is.
func oddBackslashes(text []byte, escaped bool) bool {
	n := 0
	for n < len(text) && text[len(text)-1-n] == '\\' {
		n++
	}
	if n == len(text) && escaped {
		n++
	}
	return n%2 == 1
}

package manifest

import (
	"bytes"
	"slices"
)

// goesOn adds to a text without quotes the lines below that belong to it: those
// that are further in than its key or its dash, up to a comment.
func (d *blockDecoder) goesOn(text []byte, end, column int) (all []byte, behind int, stop byte) {
	// What is added must not be written into the text of the document.
	text = slices.Clip(text)
	for stop = '\n'; stop == '\n'; {
		next, breaks, ok := d.below(end, column)
		if !ok || d.text[next] == '#' {
			break
		}
		end, stop = d.plainEnd(next)
		text = append(fold(text, breaks), bytes.TrimRight(d.text[next:end], " ")...)
	}
	return text, end, stop
}

// below finds the next line with content behind a line break, and counts the
// breaks before it. It is false where the line is not further in than column.
func (d *blockDecoder) below(at, column int) (next, breaks int, ok bool) {
	for {
		next = d.blanks(at + 1)
		breaks++
		if next >= len(d.text) || d.text[next] != '\n' {
			return next, breaks, next < len(d.text) && next-at-1 > column
		}
		at = next
	}
}

// fold adds line breaks as YAML reads them: one is a space, of more the first is
// nothing.
func fold(text []byte, breaks int) []byte {
	if breaks == 1 {
		return append(text, ' ')
	}
	return append(text, bytes.Repeat([]byte("\n"), breaks-1)...)
}

// folded reads a text in quotes that has escapes, or goes on in lines that are
// further in than its key or its dash. The end is 0 where it is rare, or not closed.
func (d *blockDecoder) folded(begin, column int) (text []byte, end int) {
	quote := d.text[begin]
	for at := begin + 1; at < len(d.text); {
		switch c := d.text[at]; {
		case c == ' ':
			// Spaces at the end of a line are nothing.
			rest := d.blanks(at)
			if d.byteAt(rest) != '\n' {
				text = append(text, d.text[at:rest]...)
			}
			at = rest
		case c == '\n':
			next, breaks, ok := d.below(at, column)
			if !ok {
				return nil, 0
			}
			text = fold(text, breaks)
			at = next
		case c == quote && quote == '\'' && d.byteAt(at+1) == quote:
			text = append(text, quote)
			at += 2
		case c == quote:
			return text, at + 1
		case c == '\\' && quote == '"':
			letter, next := d.escape(at+1, column)
			if next == 0 {
				return nil, 0
			}
			text = append(text, letter...)
			at = next
		case c == '\t':
			return nil, 0
		default:
			text = append(text, c)
			at++
		}
	}
	return nil, 0
}

// escape reads what is behind a backslash: a letter, or a line break that is
// nothing. next is 0 for what is rare.
func (d *blockDecoder) escape(at, column int) (letter string, next int) {
	switch c := d.byteAt(at); c {
	case 'n':
		return "\n", at + 1
	case 't':
		return "\t", at + 1
	case '"', '\\', ' ':
		return string(c), at + 1
	case '\n':
		next, breaks, ok := d.below(at, column)
		if !ok || breaks > 1 {
			return "", 0
		}
		return "", next
	default:
		return "", 0
	}
}

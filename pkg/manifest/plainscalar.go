package manifest

import (
	"bytes"
	"unicode/utf8"
)

// begins has the bytes with which a text without quotes may begin; a dash may
// where no space follows.
var begins = func() (table [256]bool) {
	for c := range table {
		table[c] = c > ' ' && c != 0x7f && bytes.IndexByte([]byte("?:,[]{}#&*!|>'\"%@`"), byte(c)) < 0
	}
	return table
}()

// ordinary tells whether a text has only bytes that have no meaning of their
// own to YAML's reader: no control characters, no marks, no line breaks but one.
func ordinary(text []byte) bool {
	for at, c := range text {
		switch {
		case c >= utf8.RuneSelf:
			return ordinaryLetters(text[at:])
		case c < ' ' && c != '\n' && c != '\t' || c == 0x7f:
			return false
		}
	}
	return true
}

func ordinaryLetters(text []byte) bool {
	for at := 0; at < len(text); {
		letter, size := utf8.DecodeRune(text[at:])
		switch {
		case letter < ' ' && letter != '\n' && letter != '\t', letter >= 0x7f && letter < 0xa0,
			letter == 0x2028, letter == 0x2029, letter == 0xfeff, letter >= 0xfffd && letter <= 0xffff:
			return false
		}
		at += size
	}
	return true
}

// scalar reads a value that begins in a line; column is that of its key, or of its
// dash. What goes on in lines that are further in is left to the library.
func (d *blockDecoder) scalar(at, column int) (any, bool) {
	var value any
	end := 0
	switch c := d.byteAt(at); {
	case c == '"' || c == '\'':
		var text []byte
		if text, end = d.quoted(at); end == 0 {
			text, end = d.folded(at, column)
		}
		value = string(text)
	case c == '{' && d.byteAt(at+1) == '}':
		value, end = map[string]any{}, at+2
	case c == '[' && d.byteAt(at+1) == ']':
		value, end = []any{}, at+2
	case c == '|':
		return d.literal(at, column)
	case begins[c], c == ':' && begins[d.byteAt(at+1)]:
		// A colon begins an address such as :8080.
		return d.plain(at, column)
	}
	if end == 0 {
		return d.library(at, column)
	}
	return d.whole(value, at, end, column)
}

// plain reads a value without quotes.
func (d *blockDecoder) plain(at, column int) (any, bool) {
	end, stop := d.plainEnd(at)
	text := bytes.TrimRight(d.text[at:end], " ")
	if stop == '\n' {
		text, end, stop = d.goesOn(text, end, column)
	}
	switch stop {
	case ':':
		return nil, false
	case '\t':
		return d.library(at, column)
	}
	value, ok := word(text)
	if !ok {
		return d.library(at, column)
	}
	return d.whole(value, at, end, column)
}

// whole gives a value that was read, if nothing that belongs to it is behind it.
func (d *blockDecoder) whole(value any, at, end, column int) (any, bool) {
	behind, ok := d.ends(end)
	if !ok {
		return d.library(at, column)
	}
	if d.line(behind); d.column > column {
		return d.library(at, column)
	}
	return value, true
}

// ends gives the beginning of the next line, where nothing but a comment is
// behind an offset.
func (d *blockDecoder) ends(at int) (behind int, ok bool) {
	rest := d.blanks(at)
	switch c := d.byteAt(rest); {
	case c == '\n':
		return min(rest+1, len(d.text)), true
	case c == '#' && rest > at:
		return min(d.lineEnd(rest)+1, len(d.text)), true
	default:
		return 0, false
	}
}

// plainEnd finds what ends a text without quotes in its line: the end of the
// line, a comment, a colon that makes it a key, or a tab, which makes it rare.
func (d *blockDecoder) plainEnd(from int) (end int, stop byte) {
	for at := from; at < len(d.text); at++ {
		switch c := d.text[at]; c {
		case '\n', '\t':
			return at, c
		case ':':
			if next := d.byteAt(at + 1); next == ' ' || next == '\n' || next == '\t' {
				return at, c
			}
		case '#':
			if at > from && d.text[at-1] == ' ' {
				return at - 1, c
			}
		}
	}
	return len(d.text), '\n'
}

// quoted reads a text in quotes. The end is 0 where it has an escape, or goes on
// in the next line.
func (d *blockDecoder) quoted(begin int) (text []byte, end int) {
	quote, doubled := d.text[begin], false
	for at := begin + 1; at < len(d.text); at++ {
		switch c := d.text[at]; {
		case c == quote && quote == '\'' && d.byteAt(at+1) == quote:
			doubled = true
			at++
		case c == quote:
			text = d.text[begin+1 : at]
			if doubled {
				text = bytes.ReplaceAll(text, []byte("''"), []byte("'"))
			}
			return text, at + 1
		case c == '\n' || c == '\t' || c == '\\' && quote == '"':
			return nil, 0
		}
	}
	return nil, 0
}

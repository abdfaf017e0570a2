package manifest

import (
	"bytes"
	"strconv"

	"go.yaml.in/yaml/v2"
)

// meaning is what a text without quotes is to YAML 1.1.
type meaning int

const (
	// isText is a text, without any doubt.
	isText meaning = iota
	// isInteger has decimal digits, and maybe a minus.
	isInteger
	// isFraction has a point, too, between digits.
	isFraction
	isTrue
	isFalse
	isNull
	// isOther is for the library to tell: most are numbers.
	isOther
)

// meaningOf is the meaning of a text, by its first letter. Words and numbers
// have a meaning; dates are texts to kubectl.
func meaningOf(text []byte) meaning {
	second := byte(0)
	if len(text) > 1 {
		second = text[1]
	}
	switch c := text[0]; {
	case c >= '0' && c <= '9':
		return ofNumber(text)
	case c == '-' && second >= '0' && second <= '9':
		return ofNumber(text[1:])
	case c == '-' && second != '-' && !isLetter(second), c == '+':
		return isOther
	case c == '.' && bytes.IndexByte([]byte("0123456789iInN"), second) >= 0:
		return isOther
	case c == '~' && second == 0:
		return isNull
	case bytes.IndexByte([]byte("yYnNtTfFoO"), c) >= 0 && len(text) <= len("false"):
		return ofWord(text)
	default:
		return isText
	}
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// ofNumber is the meaning of what begins with a digit, a minus aside.
func ofNumber(text []byte) meaning {
	digits, points := 0, 0
	for at, c := range text {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case c == '.':
			points++
		case c == '-':
			// Numbers have it behind the "e" of an exponent alone.
			if before := text[at-1]; before != 'e' && before != 'E' && before != '_' {
				return isText
			}
		case c == 'e' || c == 'E' || c == '_' || c == '+':
		case text[0] != '0' || bytes.IndexByte([]byte("abcdfABCDFxXoO"), c) < 0:
			// Digits of other bases stand behind a zero.
			return isText
		}
	}
	switch {
	case points > 1:
		return isText
	case points == 1 && digits == len(text)-1 && digits < 16 && text[len(text)-1] != '.':
		return isFraction
	case digits < len(text) || len(text) > 18 || text[0] == '0' && len(text) > 1:
		return isOther
	default:
		return isInteger
	}
}

func ofWord(text []byte) meaning {
	switch string(text) {
	case "true":
		return isTrue
	case "false":
		return isFalse
	case "null":
		return isNull
	}
	switch string(bytes.ToLower(text)) {
	case "y", "n", "yes", "no", "on", "off", "true", "false", "null":
		return isOther
	}
	return isText
}

// word gives the value of a text without quotes; it is false for what only the
// library can tell.
func word(text []byte) (any, bool) {
	switch meaningOf(text) {
	case isText:
		return string(text), true
	case isInteger:
		number, err := strconv.ParseInt(string(text), 10, 64)
		return number, err == nil
	case isFraction:
		number, err := strconv.ParseFloat(string(text), 64)
		if err != nil {
			return nil, false
		}
		value, err := plain(number)
		return value, err == nil
	case isTrue:
		return true, true
	case isFalse:
		return false, true
	case isNull:
		return nil, true
	default:
		return nil, false
	}
}

// library has one value read by YAML's reader, as that of a field by itself: a
// number, a text with rare escapes, one behind ">", or a small list in brackets,
// in one line. What depends on the text around it is left to be read as a whole; so
// is a text with so many such values that it would take longer than all.
func (d *blockDecoder) library(at, column int) (any, bool) {
	if d.asked++; d.asked > 16+len(d.text)/256 {
		return nil, false
	}
	end := min(d.lineEnd(at)+1, len(d.text))
	first := d.blanks(at)
	if c := d.byteAt(first); c == '\n' || c == '#' {
		// The value begins in a line of its own, which is the next with content.
		first = d.at
	}
	c := d.byteAt(first)
	flow := c == '{' || c == '['
	if !flow && c != '"' && c != '\'' && c != '>' && !begins[c] {
		return nil, false
	}
	for !flow && end < len(d.text) {
		content := d.blanks(end)
		if d.byteAt(content) != '\n' && content-end <= column {
			break
		}
		end = min(d.lineEnd(content)+1, len(d.text))
	}
	text := d.text[at:end]
	if flow && !closed(text) || c == '>' && bytes.ContainsAny(d.text[first:d.lineEnd(first)], "123456789") {
		return nil, false
	}
	var read struct{ X any }
	if err := yaml.UnmarshalStrict(append([]byte("x: "), text...), &read); err != nil {
		return nil, false
	}
	switch read.X.(type) {
	case map[any]any, []any:
		if !flow {
			return nil, false
		}
	}
	value, err := plain(read.X)
	if err != nil {
		return nil, false
	}
	d.line(end)
	return value, d.column <= column
}

// closed tells whether a list or map in brackets has nothing that depends on
// the text around it, and is not deep, as it is short: no anchor, alias or tag.
func closed(text []byte) bool {
	const longest = 4 << 10
	for at, c := range text {
		if c != '&' && c != '*' && c != '!' {
			continue
		}
		// They mean something at the beginning of a value; inside of a text they do not.
		if before := text[max(at-1, 0)]; !isLetter(before) && bytes.IndexByte([]byte(`"'0123456789-./`), before) < 0 {
			return false
		}
	}
	return len(text) <= longest
}

package manifest

import (
	"bytes"
	"strconv"
	"unicode/utf8"

	"sigs.k8s.io/json"
)

// plainJSON decodes a text of JSON as apimachinery does: numbers are int64
// where they can be, else float64. It is false for what is wrong in any way, and for what
// is rare; the library has the word then. items are where the items of a field
// "items" of the value begin and end.
func plainJSON(text []byte) (value any, items []span, ok bool) {
	if !utf8.Valid(text) {
		return nil, nil, false
	}
	d := plainDecoder{text: text}
	value, ok = d.value(0)
	d.blanks()
	return value, d.items, ok && d.at == len(text)
}

// span is a part of a text, by its first byte and that behind its last.
type span struct{ begin, end int }

// plainDecoder reads a text from at on.
type plainDecoder struct {
	text []byte
	at   int
	// listed says that the value that is next is that of the field "items".
	listed bool
	items  []span
}

// deepest is how many levels are read here. Objects of the API have about 20.
const deepest = 500

// blanks passes over what may stand between values, and gives the byte behind
// it, or 0.
func (d *plainDecoder) blanks() byte {
	for ; d.at < len(d.text); d.at++ {
		if c := d.text[d.at]; c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			return c
		}
	}
	return 0
}

func (d *plainDecoder) value(depth int) (any, bool) {
	switch c := d.blanks(); {
	case depth > deepest:
		return nil, false
	case c == '{':
		return d.object(depth)
	case c == '[':
		return d.array(depth)
	case c == '"':
		return d.string()
	case c == '-' || c >= '0' && c <= '9':
		return d.number()
	case d.word("true"):
		return true, true
	case d.word("false"):
		return false, true
	default:
		return nil, d.word("null")
	}
}

func (d *plainDecoder) word(word string) bool {
	found := bytes.HasPrefix(d.text[d.at:], []byte(word))
	if found {
		d.at += len(word)
	}
	return found
}

func (d *plainDecoder) object(depth int) (map[string]any, bool) {
	fields := map[string]any{}
	d.at++
	if d.blanks() == '}' {
		d.at++
		return fields, true
	}
	for {
		if d.blanks() != '"' {
			return nil, false
		}
		key, ok := d.string()
		if _, twice := fields[key]; !ok || twice || d.blanks() != ':' {
			return nil, false
		}
		d.at++
		d.listed = depth == 0 && key == "items"
		if fields[key], ok = d.value(depth + 1); !ok {
			return nil, false
		}
		switch d.blanks() {
		case ',':
			d.at++
		case '}':
			d.at++
			return fields, true
		default:
			return nil, false
		}
	}
}

func (d *plainDecoder) array(depth int) ([]any, bool) {
	items, listed := []any{}, d.listed && depth == 1
	d.at++
	if d.blanks() == ']' {
		d.at++
		return items, true
	}
	for {
		d.blanks()
		begin := d.at
		item, ok := d.value(depth + 1)
		if !ok {
			return nil, false
		}
		items = append(items, item)
		if listed {
			d.items = append(d.items, span{begin, d.at})
		}
		switch d.blanks() {
		case ',':
			d.at++
		case ']':
			d.at++
			return items, true
		default:
			return nil, false
		}
	}
}

// string reads a text in quotes; those with an escape are left to the library
// one by one.
func (d *plainDecoder) string() (string, bool) {
	begin := d.at
	for at := begin + 1; at < len(d.text); at++ {
		switch c := d.text[at]; {
		case c == '"':
			d.at = at + 1
			return string(d.text[begin+1 : at]), true
		case c == '\\':
			return d.escaped(begin)
		case c < ' ':
			return "", false
		}
	}
	return "", false
}

// number reads a number.
func (d *plainDecoder) number() (any, bool) {
	begin, whole := d.at, true
	for ; d.at < len(d.text); d.at++ {
		c := d.text[d.at]
		if c == '.' || c == 'e' || c == 'E' || c == '+' {
			whole = false
		} else if c != '-' && (c < '0' || c > '9') {
			break
		}
	}
	text := d.text[begin:d.at]
	if digits := bytes.TrimPrefix(text, []byte("-")); !whole || len(digits) > 1 && digits[0] == '0' {
		return d.unusual(text)
	}
	number, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		return d.unusual(text)
	}
	return number, true
}

// escaped reads a text that has an escape.
func (d *plainDecoder) escaped(begin int) (string, bool) {
	b := brackets{at: begin}
	if !b.pass(d.text) {
		return "", false
	}
	var text string
	err := json.UnmarshalCaseSensitivePreserveInts(d.text[begin:b.at], &text)
	d.at = b.at
	return text, err == nil
}

// unusual reads a number that is no plain integer.
func (d *plainDecoder) unusual(text []byte) (any, bool) {
	var number any
	err := json.UnmarshalCaseSensitivePreserveInts(text, &number)
	return number, err == nil
}

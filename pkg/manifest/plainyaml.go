package manifest

import "bytes"

// plainYAML decodes a map of YAML in block style, as kubectl prints it, to what
// decodeYAML makes of it. It is false for what is wrong in any way, and for what is
// rare (anchors, tags, maps in braces over several lines, keys that are no
// texts); the library has the word then. items are the lines of the items of a
// field "items".
func plainYAML(text []byte) (fields map[string]any, items []span, ok bool) {
	if !ordinary(text) {
		return nil, nil, false
	}
	d := blockDecoder{text: text}
	d.line(0)
	fields, ok = d.mapping(0)
	return fields, d.items, ok && d.at == len(text)
}

// blockDecoder reads a text line by line. Between two values it stands at the
// first byte of a line that has content.
type blockDecoder struct {
	text []byte
	// at is that byte, or the end of the text.
	at int
	// column is its distance from the beginning of the line; -1 at the end of the text.
	column int
	// listed says that the next list is that of the field "items".
	listed bool
	items  []span
	// asked is how many values the library read.
	asked int
}

// line goes to the first line with content from the beginning of a line on.
func (d *blockDecoder) line(at int) {
	for begin := at; at < len(d.text); at++ {
		switch d.text[at] {
		case ' ':
		case '\n':
			begin = at + 1
		case '#':
			at = d.lineEnd(at)
			begin = at + 1
		default:
			d.at, d.column = at, at-begin
			return
		}
	}
	d.at, d.column = len(d.text), -1
}

// lineEnd is the offset of the line break behind an offset, or of the end of the
// text.
func (d *blockDecoder) lineEnd(at int) int {
	if size := bytes.IndexByte(d.text[at:], '\n'); size >= 0 {
		return at + size
	}
	return len(d.text)
}

// byteAt is a byte of the text; the text ends with a line break, whether it
// has one or not.
func (d *blockDecoder) byteAt(at int) byte {
	if at < len(d.text) {
		return d.text[at]
	}
	return '\n'
}

// mapping reads the fields that begin in the column of the first.
func (d *blockDecoder) mapping(depth int) (map[string]any, bool) {
	fields := map[string]any{}
	for column := d.column; ; {
		key, behind, ok := d.key()
		if _, twice := fields[key]; !ok || twice || depth > deepest {
			return nil, false
		}
		d.listed = depth == 0 && key == "items"
		if fields[key], ok = d.field(behind, column, depth+1); !ok {
			return nil, false
		}
		if d.column != column {
			return fields, d.column < column
		}
	}
}

// field reads the value behind a colon; column is that of the key.
func (d *blockDecoder) field(at, column, depth int) (any, bool) {
	value := d.blanks(at)
	switch c := d.byteAt(value); {
	case c == '#' && value == at:
		return nil, false
	case c != '\n' && c != '#':
		return d.scalar(value, column)
	}
	below := d.lineEnd(value) + 1
	d.line(below)
	switch {
	case d.column > column && d.isItem(), d.column == column && d.isItem():
		return d.sequence(depth)
	case d.column > column:
		if _, _, ok := d.key(); ok {
			return d.mapping(depth)
		}
		return d.library(value, column)
	default:
		return nil, true
	}
}

// isItem tells whether an item of a list begins here.
func (d *blockDecoder) isItem() bool {
	return d.byteAt(d.at) == '-' && d.byteAt(d.at+1) == ' '
}

// sequence reads the items whose dashes are in the column of the first.
func (d *blockDecoder) sequence(depth int) ([]any, bool) {
	items, listed := []any{}, d.listed
	d.listed = false
	for column := d.column; ; {
		begin := d.at - d.column
		at := d.blanks(d.at + 1)
		d.column += at - d.at
		d.at = at
		item, ok := d.item(column, depth+1)
		if !ok || depth > deepest {
			return nil, false
		}
		items = append(items, item)
		if listed {
			d.items = append(d.items, span{begin, d.at - max(d.column, 0)})
		}
		if d.column != column || !d.isItem() {
			return items, d.column <= column
		}
	}
}

// item reads what is behind the dash of an item; column is that of the dash.
func (d *blockDecoder) item(column, depth int) (any, bool) {
	if c := d.byteAt(d.at); c == '\n' || c == '#' {
		return nil, false
	}
	if d.isItem() {
		return d.sequence(depth)
	}
	if _, _, ok := d.key(); ok {
		return d.mapping(depth)
	}
	return d.scalar(d.at, column)
}

// blanks passes over spaces.
func (d *blockDecoder) blanks(at int) int {
	for at < len(d.text) && d.text[at] == ' ' {
		at++
	}
	return at
}

// key reads the key of a field, up to behind its colon. It is false where none
// begins, and for one that is no text.
func (d *blockDecoder) key() (key string, behind int, ok bool) {
	// YAML's reader looks for the colon so far.
	const longest = 1000
	begin, end := d.at, 0
	switch c := d.byteAt(begin); {
	case c == '"' || c == '\'':
		var text []byte
		if text, end = d.quoted(begin); end == 0 || d.byteAt(end) != ':' {
			return "", 0, false
		}
		key = string(text)
	case !begins[c] || c == '-' || d.column == 0 && isMarker(d.text[begin:]):
		return "", 0, false
	default:
		var stop byte
		if end, stop = d.plainEnd(begin); stop != ':' {
			return "", 0, false
		}
		text := d.text[begin:end]
		if meaningOf(text) != isText || text[len(text)-1] == ' ' || string(text) == "<<" {
			return "", 0, false
		}
		key = string(text)
	}
	if next := d.byteAt(end + 1); next != ' ' && next != '\n' || end-begin > longest {
		return "", 0, false
	}
	return key, end + 1, true
}

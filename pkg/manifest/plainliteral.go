package manifest

// literal reads a text behind "|". One that says itself how far in it is, that
// is blank, or that the end of the file cuts is left to the library.
func (d *blockDecoder) literal(at, column int) (any, bool) {
	at++
	chomp := d.byteAt(at)
	if chomp == '-' || chomp == '+' {
		at++
	}
	at, ok := d.ends(at)
	if !ok {
		return nil, false
	}
	indent, ok := d.indent(at)
	if !ok || indent <= column {
		return nil, false
	}
	text := []byte(nil)
	// breaks are those behind what was read, which the end of the text may not have.
	breaks := 0
	for at < len(d.text) {
		content := min(d.blanks(at), at+indent)
		end := d.lineEnd(content)
		if content < end && content < at+indent {
			// A tab there is an error.
			if d.text[content] == '\t' {
				return nil, false
			}
			break
		}
		if end == len(d.text) {
			if content < end {
				return nil, false
			}
			at = end
			break
		}
		if content < end {
			for ; breaks > 0; breaks-- {
				text = append(text, '\n')
			}
			text = append(text, d.text[content:end]...)
		}
		breaks++
		at = end + 1
	}
	switch chomp {
	case '-':
		breaks = 0
	case '+':
	default:
		breaks = 1
	}
	for ; breaks > 0; breaks-- {
		text = append(text, '\n')
	}
	d.line(at)
	return string(text), d.column <= column
}

// indent is how far in the first line is that is not blank, of those from an
// offset on. It is false where there is none, or where a blank line above is further in.
func (d *blockDecoder) indent(at int) (indent int, ok bool) {
	most := 0
	for {
		content := d.blanks(at)
		switch {
		case content == len(d.text):
			return 0, false
		case d.text[content] == '\n':
			most = max(most, content-at)
			at = content + 1
		default:
			return content - at, most <= content-at && d.text[content] != '\t'
		}
	}
}

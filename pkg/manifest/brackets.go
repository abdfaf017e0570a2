package manifest

// brackets finds the end of a value of JSON by its brackets and quotes alone.
// The text may come in pieces: each call goes on at at.
type brackets struct {
	at, depth      int
	quoted, escape bool
}

// pass goes on through text. It is true where the value ends, before at.
func (b *brackets) pass(text []byte) bool {
	at, depth := b.at, b.depth
	for ; at < len(text); at++ {
		c := text[at]
		switch {
		case b.escape:
			b.escape = false
		case b.quoted:
			switch c {
			case '\\':
				b.escape = true
			case '"':
				b.quoted = false
				if depth == 0 {
					b.at, b.depth = at+1, depth
					return true
				}
			}
		case c == '"':
			b.quoted = true
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth--; depth <= 0 {
				b.at, b.depth = at+1, depth
				if depth < 0 {
					b.at--
				}
				return true
			}
		case depth == 0 && (c == ',' || c == ' ' || c == '\n' || c == '\r' || c == '\t'):
			// A number or a word ends at what is behind it.
			b.at = at
			return true
		}
	}
	b.at, b.depth = at, depth
	return false
}

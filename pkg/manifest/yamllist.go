package manifest

import (
	"bytes"
	"fmt"
	"strings"
)

// yamlList is the beginning of a List whose items stand in lines of their own.
type yamlList struct {
	// head are its lines up to "items:".
	head Text
	// indent is the number of spaces before the dash of an item.
	indent int
	list   listType
}

// cutList finds the items of a List in block style by its lines. It is false
// where they cannot be cut without YAML's reader.
func (r *reader) cutList(text []byte) (yamlList, bool) {
	for at := 0; ; {
		end := bytes.IndexByte(text[at:], '\n')
		if end < 0 {
			return yamlList{}, false
		}
		line := strings.TrimRight(string(text[at:at+end]), " \t\r")
		at += end + 1
		if marker([]byte(line)) != 0 && len(line) == 3 || strings.TrimSpace(line) == "" || line[0] == '#' || line[0] == ' ' {
			continue
		}
		key, value, found := strings.Cut(line, ":")
		if !found || strings.ContainsAny(line, "|>&*!{}[]?%'") {
			return yamlList{}, false
		}
		if key != "items" {
			continue
		}
		if value != "" {
			return yamlList{}, false
		}
		list := yamlList{head: Text{jsonText: jsonText{name: r.name, line: r.line, text: bytes.Clone(text[:at])}}}
		return list, list.begins(text[at:])
	}
}

// begins looks at the first item: whether it is one, and told apart from
// others that are no object of the API.
func (l *yamlList) begins(text []byte) bool {
	end := itemEnd{}
	for at := 0; ; {
		size := bytes.IndexByte(text[at:], '\n')
		if size < 0 {
			return false
		}
		line := text[at : at+size+1]
		if content := bytes.TrimLeft(line, " "); at == 0 {
			l.indent = len(line) - len(content)
			end.indent = l.indent
			if !isItem(content) {
				return false
			}
		} else if end.is(line) {
			first := Text{jsonText: jsonText{text: withoutDash(text[:at], l.indent)}}
			head, _, err := l.head.document()
			if err != nil {
				return false
			}
			l.list = typeOf(head.Value)
			item, _, err := first.document()
			return err == nil && l.list.streams(typeOf(item.Value))
		}
		at += size + 1
	}
}

func isItem(content []byte) bool {
	return len(content) > 1 && content[0] == '-' && (content[1] == ' ' || content[1] == '\n' || content[1] == '\r')
}

// withoutDash is the text of an item as that of a document.
func withoutDash(text []byte, indent int) []byte {
	text = bytes.Clone(text)
	text[indent] = ' '
	return text
}

// itemEnd finds the line behind an item: one that is not further in than its
// dash. YAML wants even texts in quotes to be further in; where one is not, the
// item is cut in the text, which is an error.
type itemEnd struct{ indent int }

func (e itemEnd) is(line []byte) bool {
	content := bytes.TrimLeft(line, " ")
	blank := len(bytes.TrimSpace(content)) == 0
	return !blank && content[0] != '#' && len(line)-len(content) <= e.indent
}

// yamlItems gives the items of a list one by one, and looks at its other
// fields at the end.
func (r *reader) yamlItems(l yamlList) bool {
	r.release(len(l.head.text))
	end := itemEnd{indent: l.indent}
	for item := 1; ; item++ {
		line, _ := r.lineEnd(0, r.limit)
		if content := bytes.TrimLeft(r.rest()[:line], " "); !isItem(content) || line-len(content) != l.indent {
			return r.yamlTail(l)
		}
		for line <= r.limit && (line < len(r.rest()) || r.more()) {
			next, _ := r.lineEnd(line, r.limit)
			if end.is(r.rest()[line:next]) {
				break
			}
			line = next
		}
		goOn := false
		if line > r.limit {
			goOn = r.pass(fmt.Sprintf("item %d of the list", item-1), end.is)
		} else {
			r.rest()[l.indent] = ' '
			goOn = r.give(Text{item: item, list: l.list.forItems()}, line)
		}
		if !goOn {
			return false
		}
	}
}

// yamlTail reads the fields of a list behind its items.
func (r *reader) yamlTail(l yamlList) bool {
	scan := yamlScan{}
	rest, over := 0, len(r.rest()) == 0 && !r.more() || isMarker(r.rest())
	for !over {
		if rest, over = scan.next(r); rest > r.limit {
			return r.pass("what follows the items of the list", isMarker)
		}
	}
	tail := Text{jsonText: jsonText{name: r.name, line: r.line, text: bytes.Clone(r.rest()[:rest])}}
	r.release(rest)
	if r.err != nil && !r.ended() {
		return true
	}
	if err := l.ends(tail); err != nil {
		return r.fails(err)
	}
	return true
}

// ends wants the fields before and behind the items to be those of one list.
func (l yamlList) ends(tail Text) error {
	head, _, err := l.head.document()
	if err != nil {
		return err
	}
	rest, _, err := tail.document()
	if err != nil {
		return err
	}
	for key, value := range rest.Value {
		if head.Has(key) {
			return twice(rest.Field(key), key, head.Field(key).Line)
		}
		head.Value[key] = value
	}
	return l.list.confirm(head.Position, typeOf(head.Value))
}

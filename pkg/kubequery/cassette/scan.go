package cassette

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// node is a value in a text that is known to be valid JSON. Taking it apart
// decodes nothing, so that a list of many megabytes costs no more than looking
// at it once.
type node struct {
	data       []byte
	start, end int
}

// document is the value that a valid text is.
func document(data []byte) node {
	return node{data, skipSpace(data, 0), len(bytes.TrimRight(data, " \n\t\r"))}
}

func (n node) text() []byte { return n.data[n.start:n.end] }

// is tells whether the value begins with a character: { for an object, [ for an
// array, " for a string.
func (n node) is(first byte) bool { return n.data[n.start] == first }

// member is one key of an object, and its value.
type member struct {
	key   string
	start int // of the key
	value node
}

// members are those of an object, in order; of anything else there are none.
func (n node) members() []member {
	all := []member{}
	n.each('{', func(i int) int {
		key := node{n.data, i, skipString(n.data, i)}
		colon := skipSpace(n.data, key.end)
		start := skipSpace(n.data, colon+1)
		end := skipValue(n.data, start)
		all = append(all, member{key.string(), i, node{n.data, start, end}})
		return end
	})
	return all
}

// elements are those of an array, in order; of anything else there are none.
func (n node) elements() []node {
	all := []node{}
	n.each('[', func(i int) int {
		end := skipValue(n.data, i)
		all = append(all, node{n.data, i, end})
		return end
	})
	return all
}

// each calls visit with the start of each entry of an object or array; visit
// returns where the entry ends.
func (n node) each(open byte, visit func(i int) int) {
	if !n.is(open) {
		return
	}
	for i := skipSpace(n.data, n.start+1); i < n.end-1; {
		i = skipSpace(n.data, visit(i))
		if n.data[i] == ',' {
			i = skipSpace(n.data, i+1)
		}
	}
}

// string is a string's value; of anything else it is "".
func (n node) string() string {
	if !n.is('"') {
		return ""
	}
	inner := n.data[n.start+1 : n.end-1]
	if bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		return string(inner)
	}
	var text string
	_ = json.Unmarshal(n.text(), &text) // it is valid
	return text
}

func skipSpace(data []byte, i int) int {
	for i < len(data) && (data[i] == ' ' || data[i] == '\n' || data[i] == '\t' || data[i] == '\r') {
		i++
	}
	return i
}

// skipValue returns where the value ends that starts at i.
func skipValue(data []byte, i int) int {
	switch data[i] {
	case '"':
		return skipString(data, i)
	case '{', '[':
		depth := 0
		for ; ; i++ {
			switch data[i] {
			case '"':
				i = skipString(data, i) - 1
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1
				}
			}
		}
	}
	for ; i < len(data); i++ {
		switch data[i] {
		case ',', ']', '}', ' ', '\n', '\t', '\r':
			return i
		}
	}
	return i
}

func skipString(data []byte, i int) int {
	for i++; data[i] != '"'; i++ {
		if data[i] == '\\' {
			i++
		}
	}
	return i + 1
}

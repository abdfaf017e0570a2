package projection

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"unicode/utf8"

	"github.com/open-policy-agent/opa/v1/ast"
)

// builder makes Rego values of JSON text. Values never change, so equal ones
// can be one: lists repeat themselves, and a policy mostly reads what repeats
// (images, labels, phases).
type builder struct {
	// scalars are strings and numbers by their text.
	scalars map[string]*ast.Term
	// values are objects and arrays by their text.
	values map[string]*ast.Term
	// kept is the size of the texts in values.
	kept int
	// seen are the hashes of texts that came once.
	seen map[uint64]struct{}
	seed maphash.Seed
	// members are those of the objects that are being built, one in another.
	members [][2]*ast.Term
}

const (
	// longestScalar bounds the strings that are kept, in bytes.
	longestScalar = 64
	// mostScalars and mostSeen bound numbers, and mostKept the texts in values,
	// in bytes: then they are begun anew.
	mostScalars = 1 << 16
	mostSeen    = 1 << 16
	mostKept    = 4 << 20
	// longestKept bounds the texts of objects and arrays that are kept, in bytes.
	longestKept = 512
)

func newBuilder() *builder {
	return &builder{
		scalars: map[string]*ast.Term{}, values: map[string]*ast.Term{},
		seen: map[uint64]struct{}{}, seed: maphash.MakeSeed(),
	}
}

// build returns the value that a text stands for. The text may change after.
func (b *builder) build(text []byte) (*ast.Term, error) {
	value, rest, err := b.value(text)
	if rest = trim(rest); err == nil && len(rest) > 0 {
		err = fmt.Errorf("found %q after the end", rest[0])
	}
	return value, err
}

// once builds the object or array that a text begins with, unless it is long or
// was built before.
func (b *builder) once(text []byte, build func([]byte) (*ast.Term, []byte, error)) (*ast.Term, []byte, error) {
	end := extent(text[:min(len(text), longestKept)])
	if end == 0 {
		return build(text[1:])
	}
	if value, ok := b.values[string(text[:end])]; ok {
		return value, text[end:], nil
	}
	value, rest, err := build(text[1:])
	if err != nil {
		return nil, nil, err
	}
	b.keep(text[:end], value)
	return value, rest, nil
}

// keep keeps a value when its text comes for the second time: most of what
// comes once never comes again.
func (b *builder) keep(text []byte, value *ast.Term) {
	hash := maphash.Bytes(b.seed, text)
	if _, again := b.seen[hash]; !again {
		if len(b.seen) == mostSeen {
			clear(b.seen)
		}
		b.seen[hash] = struct{}{}
		return
	}
	if b.kept += len(text); b.kept > mostKept {
		clear(b.values)
		b.kept = len(text)
	}
	b.values[string(text)] = value
}

// extent is where the object or array ends that a text begins with, 0 if it
// does not.
func extent(text []byte) int {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			next, inside, _ := endOfString(text, i+1, false)
			if inside {
				return 0
			}
			i = next - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}

var errShort = errors.New("the text ends in a value")

// value builds the value that a text begins with.
func (b *builder) value(text []byte) (value *ast.Term, rest []byte, err error) {
	if text = trim(text); len(text) == 0 {
		return nil, nil, errShort
	}
	switch text[0] {
	case '{':
		return b.once(text, b.object)
	case '[':
		return b.once(text, b.array)
	case '"':
		end, inside, _ := endOfString(text, 1, false)
		if inside {
			return nil, nil, errShort
		}
		value, err = b.scalar(text[:end], textOf)
		return value, text[end:], err
	default:
		end := 0
		for end < len(text) && text[end] != ',' && text[end] != ']' && text[end] != '}' && !space(text[end]) {
			end++
		}
		value, err = b.scalar(text[:end], literal)
		return value, text[end:], err
	}
}

// trim drops space before a token.
func trim(text []byte) []byte {
	for len(text) > 0 && space(text[0]) {
		text = text[1:]
	}
	return text
}

// next reads what stands after an element: a comma, or the end.
func next(text []byte, end byte) (done bool, rest []byte, err error) {
	text = trim(text)
	switch {
	case len(text) == 0:
		return false, nil, errShort
	case text[0] == end:
		return true, text[1:], nil
	case text[0] == ',':
		return false, text[1:], nil
	default:
		return false, nil, fmt.Errorf("want ',' or %q, found %q", end, text[0])
	}
}

func (b *builder) array(text []byte) (value *ast.Term, rest []byte, err error) {
	elements := []*ast.Term{}
	if text = trim(text); len(text) > 0 && text[0] == ']' {
		return ast.NewTerm(ast.NewArray(elements...)), text[1:], nil
	}
	for done := false; !done; {
		var element *ast.Term
		if element, text, err = b.value(text); err != nil {
			return nil, nil, err
		}
		elements = append(elements, element)
		if done, text, err = next(text, ']'); err != nil {
			return nil, nil, err
		}
	}
	return ast.NewTerm(ast.NewArray(elements...)), text, nil
}

func (b *builder) object(text []byte) (value *ast.Term, rest []byte, err error) {
	base := len(b.members)
	defer func() { b.members = b.members[:base] }()
	if text = trim(text); len(text) > 0 && text[0] == '}' {
		return ast.NewTerm(ast.NewObject()), text[1:], nil
	}
	for done := false; !done; {
		var name, member *ast.Term
		if text = trim(text); len(text) == 0 || text[0] != '"' {
			return nil, nil, errors.New("want the name of a member")
		}
		if name, text, err = b.value(text); err != nil {
			return nil, nil, err
		}
		if text = trim(text); len(text) == 0 || text[0] != ':' {
			return nil, nil, errors.New("want ':' after the name of a member")
		}
		if member, text, err = b.value(text[1:]); err != nil {
			return nil, nil, err
		}
		b.members = append(b.members, [2]*ast.Term{name, member})
		if done, text, err = next(text, '}'); err != nil {
			return nil, nil, err
		}
	}
	return ast.NewTerm(objectOf(b.members[base:])), text, nil
}

// objectOf makes an object. Of members with the same name the last one counts,
// as in encoding/json.
func objectOf(members [][2]*ast.Term) ast.Object {
	const few = 32
	unique := len(members) <= few
	for i := 0; unique && i < len(members); i++ {
		for _, other := range members[:i] {
			unique = unique && !other[0].Equal(members[i][0])
		}
	}
	if unique {
		return ast.NewObject(members...)
	}
	object := ast.NewObjectWithCapacity(len(members))
	for _, member := range members {
		object.Insert(member[0], member[1])
	}
	return object
}

// scalar is a string, a number or a literal, made once.
func (b *builder) scalar(text []byte, build func([]byte) (ast.Value, error)) (*ast.Term, error) {
	if known, ok := b.scalars[string(text)]; ok {
		return known, nil
	}
	value, err := build(text)
	if err != nil {
		return nil, err
	}
	term := ast.NewTerm(value)
	if len(text) <= longestScalar {
		if len(b.scalars) == mostScalars {
			clear(b.scalars)
		}
		b.scalars[string(text)] = term
	}
	return term, nil
}

// textOf is the string that is written so.
func textOf(text []byte) (ast.Value, error) {
	inner := text[1 : len(text)-1]
	plain := utf8.Valid(inner)
	for _, c := range inner {
		plain = plain && c >= ' ' && c != '\\'
	}
	if plain {
		return ast.String(inner), nil
	}
	var decoded string
	err := json.Unmarshal(text, &decoded)
	return ast.String(decoded), err
}

// literal is the number, boolean or null that is written so.
func literal(text []byte) (ast.Value, error) {
	switch string(text) {
	case "true":
		return ast.Boolean(true), nil
	case "false":
		return ast.Boolean(false), nil
	case "null":
		return ast.Null{}, nil
	}
	var number json.Number
	if err := json.Unmarshal(text, &number); err != nil || len(text) == 0 || text[0] == '"' {
		return nil, fmt.Errorf("%.40q is no value", text)
	}
	return ast.Number(number), nil
}

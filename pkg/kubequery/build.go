package kubequery

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/open-policy-agent/opa/v1/ast"
)

// builder makes Rego values of JSON text that has no space between its tokens.
// Values never change, so equal ones can be one: lists repeat themselves, and
// a policy mostly reads what repeats (images, labels, phases).
type builder struct {
	// scalars are strings and numbers by their text.
	scalars map[string]*ast.Term
	// values are objects by their text.
	values map[string]*ast.Term
	// kept is the size of the texts in values.
	kept int
}

const (
	// longestScalar bounds the strings that are kept, in bytes.
	longestScalar = 64
	// mostScalars bounds their number, and mostKept the texts of objects, in
	// bytes: then both are begun anew.
	mostScalars = 1 << 16
	mostKept    = 4 << 20
	// longestKept bounds the texts of objects that are kept, in bytes.
	longestKept = 1 << 10
)

func newBuilder() *builder {
	return &builder{scalars: map[string]*ast.Term{}, values: map[string]*ast.Term{}}
}

// build returns the value that a text stands for. The text may change after.
func (b *builder) build(text []byte) (*ast.Term, error) {
	if len(text) > longestKept {
		return b.document(text)
	}
	if value, ok := b.values[string(text)]; ok {
		return value, nil
	}
	value, err := b.document(text)
	if err != nil {
		return nil, err
	}
	if b.kept += len(text); b.kept > mostKept {
		clear(b.values)
		b.kept = len(text)
	}
	b.values[string(text)] = value
	return value, nil
}

func (b *builder) document(text []byte) (*ast.Term, error) {
	value, rest, err := b.value(text)
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("found %q after the end", rest[0])
	}
	return value, err
}

var errShort = errors.New("the text ends in a value")

// value builds the value that a text begins with.
func (b *builder) value(text []byte) (value *ast.Term, rest []byte, err error) {
	if len(text) == 0 {
		return nil, nil, errShort
	}
	switch text[0] {
	case '{':
		return b.object(text[1:])
	case '[':
		return b.array(text[1:])
	case '"':
		end, inside, _ := endOfString(text, 1, false)
		if inside {
			return nil, nil, errShort
		}
		value, err = b.scalar(text[:end], textOf)
		return value, text[end:], err
	default:
		end := bytes.IndexAny(text, ",]}")
		if end < 0 {
			end = len(text)
		}
		value, err = b.scalar(text[:end], literal)
		return value, text[end:], err
	}
}

// next reads what stands after an element: a comma, or the end.
func next(text []byte, end byte) (done bool, rest []byte, err error) {
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
	if len(text) > 0 && text[0] == ']' {
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
	members := [][2]*ast.Term{}
	if len(text) > 0 && text[0] == '}' {
		return ast.NewTerm(ast.NewObject()), text[1:], nil
	}
	for done := false; !done; {
		var name, member *ast.Term
		if len(text) == 0 || text[0] != '"' {
			return nil, nil, errors.New("want the name of a member")
		}
		if name, text, err = b.value(text); err != nil {
			return nil, nil, err
		}
		if len(text) == 0 || text[0] != ':' {
			return nil, nil, errors.New("want ':' after the name of a member")
		}
		if member, text, err = b.value(text[1:]); err != nil {
			return nil, nil, err
		}
		members = append(members, [2]*ast.Term{name, member})
		if done, text, err = next(text, '}'); err != nil {
			return nil, nil, err
		}
	}
	return ast.NewTerm(objectOf(members)), text, nil
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

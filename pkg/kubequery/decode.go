package kubequery

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/open-policy-agent/opa/v1/ast"
)

// page is one response body as Rego values.
type page struct {
	// fields are the fields of the body, for a list without its items.
	fields map[string]any
	// items is not nil for a list, be it empty.
	items []*ast.Term
	// next is the continue token, "" on the last page.
	next string
}

// decodeObject reads the JSON of one object.
func decodeObject(in io.Reader) (*ast.Term, error) {
	decoder := newDecoder(in)
	var object map[string]any
	if err := decoder.Decode(&object); err != nil {
		return nil, malformed(err)
	}
	if err := atEnd(decoder); err != nil {
		return nil, err
	}
	return term(object)
}

// decodePage reads the JSON of a list, item by item: of the page as text only
// one object is in memory at a time.
func decodePage(in io.Reader) (page, error) {
	decoder := newDecoder(in)
	p := page{fields: map[string]any{}}
	if err := expect(decoder, json.Delim('{')); err != nil {
		return page{}, err
	}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return page{}, malformed(err)
		}
		if key == "items" {
			p.items, err = decodeItems(decoder)
		} else {
			var value any
			err = decoder.Decode(&value)
			p.fields[fmt.Sprint(key)] = value
		}
		if err != nil {
			return page{}, malformed(err)
		}
	}
	if err := expect(decoder, json.Delim('}')); err != nil {
		return page{}, err
	}
	if p.items == nil {
		return page{}, malformed(errors.New("want a list, found no items"))
	}
	if metadata, ok := p.fields["metadata"].(map[string]any); ok {
		p.next, _ = metadata["continue"].(string)
	}
	return p, atEnd(decoder)
}

// decodeItems reads the items of a list. Go programs that serve an API write
// an empty list as null.
func decodeItems(decoder *json.Decoder) ([]*ast.Term, error) {
	items := []*ast.Term{}
	start, err := decoder.Token()
	if err != nil || start == nil {
		return items, err
	}
	if start != json.Delim('[') {
		return nil, errors.New("the items are no array")
	}
	for decoder.More() {
		var object map[string]any
		if err := decoder.Decode(&object); err != nil {
			return nil, err
		}
		item, err := term(object)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	_, err = decoder.Token()
	return items, err
}

// term turns an object into a Rego value, without the field that only
// server-side apply needs and that is often half of the object.
func term(object map[string]any) (*ast.Term, error) {
	if metadata, ok := object["metadata"].(map[string]any); ok {
		delete(metadata, "managedFields")
	}
	value, err := ast.InterfaceToValue(object)
	if err != nil {
		return nil, err
	}
	return ast.NewTerm(value), nil
}

// newDecoder keeps numbers as they are written.
func newDecoder(in io.Reader) *json.Decoder {
	decoder := json.NewDecoder(in)
	decoder.UseNumber()
	return decoder
}

func expect(decoder *json.Decoder, want json.Delim) error {
	token, err := decoder.Token()
	if err != nil {
		return malformed(err)
	}
	if token != want {
		return malformed(fmt.Errorf("want %s, found %v", want, token))
	}
	return nil
}

// atEnd makes sure that the body was read to its end: that it was cut off must
// not go unnoticed.
func atEnd(decoder *json.Decoder) error {
	switch token, err := decoder.Token(); {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return malformed(err)
	default:
		return malformed(fmt.Errorf("found %v after the end", token))
	}
}

func malformed(err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("reading the body of the response as JSON: %w", err)
}

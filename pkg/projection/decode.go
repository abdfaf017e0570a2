package projection

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Decoder decodes the JSON of objects and lists, as much of it as is wanted.
type Decoder struct {
	builder *builder
	omit    omitted
}

// NewDecoder returns a Decoder. Unless it is asked for, an object's
// metadata.managedFields are left out: only server-side apply needs them, and
// they are often more than half of an object.
func NewDecoder(managedFields bool) *Decoder {
	d := &Decoder{builder: newBuilder()}
	if !managedFields {
		d.omit = omitted{"metadata": {"managedFields": nil}}
	}
	return d
}

// Page is a list, or a part of one.
type Page struct {
	// Fields are the fields of the list without its items.
	Fields map[string]json.RawMessage
	Items  []*ast.Term
	// Next is the continue token, "" on the last page.
	Next string
}

// Object reads the JSON of one object, which has to end with it.
func (d *Decoder) Object(in io.Reader, shape *Shape) (*ast.Term, error) {
	s := newScanner(in)
	if err := s.want('{'); err != nil {
		return nil, malformed(err)
	}
	text, err := s.project(nil, shape, d.omit)
	if err == nil {
		err = s.atEnd()
	}
	if err != nil {
		return nil, malformed(err)
	}
	object, err := d.builder.build(text)
	return object, malformed(err)
}

// Page reads the JSON of a list, object by object: as text only one of them is
// in memory. What of the items is wanted is for shape to say, nil for none.
// The continue token is told as soon as it is known, and that is before most
// of the page is read.
func (d *Decoder) Page(in io.Reader, shape *Shape, next func(token string)) (Page, error) {
	s := newScanner(in)
	p := Page{Fields: map[string]json.RawMessage{}}
	found := false
	err := s.members(func(name []byte) (err error) {
		if string(name) == `"items"` {
			found = true
			p.Items, err = d.items(s, shape)
			return err
		}
		var key string
		if err := json.Unmarshal(name, &key); err != nil {
			return err
		}
		if p.Fields[key], err = s.copyValue(nil); err != nil || key != "metadata" {
			return err
		}
		var metadata struct {
			Continue string `json:"continue"`
		}
		if err := json.Unmarshal(p.Fields[key], &metadata); err != nil {
			return err
		}
		if p.Next = metadata.Continue; p.Next != "" {
			next(p.Next)
		}
		return nil
	})
	if err == nil {
		err = s.atEnd()
	}
	if err == nil && !found {
		err = errors.New("want a list, found no items")
	}
	return p, malformed(err)
}

// items reads the items of a list. Go programs that serve an API write an
// empty list as null.
func (d *Decoder) items(s *scanner, shape *Shape) ([]*ast.Term, error) {
	items := []*ast.Term{}
	c, err := s.peek()
	if err != nil {
		return nil, err
	}
	if c != '[' {
		text, err := s.copyValue(nil)
		if err == nil && string(text) != "null" {
			err = errors.New("the items are no array")
		}
		return items, err
	}
	if shape == nil {
		return items, s.skipValue()
	}
	text := []byte{}
	return items, s.elements(func() error {
		if err := s.want('{'); err != nil {
			return err
		}
		var err error
		if text, err = s.project(text[:0], shape, d.omit); err != nil {
			return err
		}
		item, err := d.builder.build(text)
		items = append(items, item)
		return err
	})
}

func malformed(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("reading the body of the response as JSON: %w", err)
}

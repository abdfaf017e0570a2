package kubequery

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/kubectl-opa/kubectl-opa/pkg/projection"
)

// decoder decodes the bodies of answers, as much of them as is wanted.
type decoder struct {
	builder *builder
	// omit are fields of objects that nobody gets.
	omit omitted
}

// page is one response body of a list.
type page struct {
	// fields are the fields of the body without its items.
	fields map[string]json.RawMessage
	items  []*ast.Term
	// next is the continue token, "" on the last page.
	next string
}

// object reads the JSON of one object.
func (d *decoder) object(in io.Reader, shape *projection.Shape) (*ast.Term, error) {
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

// page reads the JSON of a list, object by object: as text only one of them is
// in memory. What of the items is wanted is for shape to say, nil for none.
// The continue token is told as soon as it is known, and that is before most
// of the page is read.
func (d *decoder) page(in io.Reader, shape *projection.Shape, next func(token string)) (page, error) {
	s := newScanner(in)
	p := page{fields: map[string]json.RawMessage{}}
	found := false
	err := s.members(func(name []byte) (err error) {
		if string(name) == `"items"` {
			found = true
			p.items, err = d.items(s, shape)
			return err
		}
		var key string
		if err := json.Unmarshal(name, &key); err != nil {
			return err
		}
		if p.fields[key], err = s.copyValue(nil); err != nil || key != "metadata" {
			return err
		}
		var metadata struct {
			Continue string `json:"continue"`
		}
		if err := json.Unmarshal(p.fields[key], &metadata); err != nil {
			return err
		}
		if p.next = metadata.Continue; p.next != "" {
			next(p.next)
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
func (d *decoder) items(s *scanner, shape *projection.Shape) ([]*ast.Term, error) {
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

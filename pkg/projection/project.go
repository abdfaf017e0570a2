package projection

import (
	"bytes"
	"encoding/json"
)

// omitted are fields that are left out wherever their parents are not nil.
type omitted map[string]omitted

// project appends of the next value what a shape has of it, as JSON.
func (s *scanner) project(to []byte, shape *Shape, omit omitted) ([]byte, error) {
	c, err := s.peek()
	switch {
	case err != nil:
		return to, err
	case c == '{' && (!shape.Whole || omit != nil):
		return s.projectObject(to, shape, omit)
	case c == '[' && !shape.Whole && shape.Each == nil:
		_, err := s.pass(nil, false)
		return append(to, "[]"...), err
	case c == '[' && !shape.Whole:
		return s.projectArray(to, shape.Each)
	default:
		return s.copyValue(to)
	}
}

func (s *scanner) projectObject(to []byte, shape *Shape, omit omitted) ([]byte, error) {
	if !shape.Whole && shape.Each == nil && len(shape.Fields) == 0 {
		_, err := s.pass(nil, false)
		return append(to, "{}"...), err
	}
	to = append(to, '{')
	first := true
	err := s.members(func(name []byte) error {
		field, below, err := fieldOf(name, shape, omit)
		if err != nil {
			return err
		}
		if field == nil {
			return s.skipValue()
		}
		if !first {
			to = append(to, ',')
		}
		first = false
		to = append(append(to, name...), ':')
		to, err = s.project(to, field, below)
		return err
	})
	return append(to, '}'), err
}

func (s *scanner) projectArray(to []byte, each *Shape) ([]byte, error) {
	to = append(to, '[')
	first := true
	err := s.elements(func() (err error) {
		if !first {
			to = append(to, ',')
		}
		first = false
		to, err = s.project(to, each, nil)
		return err
	})
	return append(to, ']'), err
}

// fieldOf is what is wanted of a member with that name, as it is written; nil
// if nothing is.
func fieldOf(name []byte, shape *Shape, omit omitted) (*Shape, omitted, error) {
	key := name[1 : len(name)-1]
	if bytes.IndexByte(key, '\\') >= 0 {
		var text string
		if err := json.Unmarshal(name, &text); err != nil {
			return nil, nil, err
		}
		key = []byte(text)
	}
	below, known := omit[string(key)]
	if known && below == nil {
		return nil, nil, nil
	}
	switch {
	case shape.Whole:
		return shape, below, nil
	case shape.Each == nil: // the most frequent case, without an allocation
		return shape.Fields[string(key)], below, nil
	default:
		return shape.Field(string(key)), below, nil
	}
}

// Package projection says how much of the answers of functions a compiled
// policy can observe, and decodes just that.
package projection

import "maps"

// Shape is a part of a JSON value. A string, a number, a boolean or null is
// always whole; of an object a Shape has some fields, of an array each element
// in some Shape. A value in the Shape that a policy can observe is the same to
// it as the whole value.
//
// A nil Shape is nothing, not even whether the value is there. A Shape without
// anything is just that: of objects and arrays only that they are one.
type Shape struct {
	// Whole is the value with all that is in it; nothing else counts then.
	Whole bool
	// Fields are fields of an object.
	Fields map[string]*Shape
	// Each is not nil where all fields of an object, or all elements of an
	// array, are observed: their number, names or values.
	Each *Shape
}

// Whole is all of a value.
func Whole() *Shape { return &Shape{Whole: true} }

// bare tells whether nothing counts but that a value is there, and of which type.
func (s *Shape) bare() bool { return !s.Whole && s.Each == nil && len(s.Fields) == 0 }

// at is the Shape of a value that has s under a path of steps.
func (s *Shape) at(path []step) *Shape {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i].each {
			s = &Shape{Each: s}
		} else {
			s = &Shape{Fields: map[string]*Shape{path[i].key: s}}
		}
	}
	return s
}

// step is one step from a value to one in it: a field of an object, or any
// field or element.
type step struct {
	key  string
	each bool
}

// Field is what of a field is observed, nil if nothing.
func (s *Shape) Field(name string) *Shape {
	if s == nil || s.Whole {
		return s
	}
	if field := s.Fields[name]; field != nil && s.Each != nil {
		return union(field, s.Each)
	} else if field != nil {
		return field
	}
	return s.Each
}

// Elements is what of the elements of an array is observed, nil if nothing.
func (s *Shape) Elements() *Shape {
	if s == nil || s.Whole {
		return s
	}
	return s.Each
}

// union is what either of two Shapes has.
func union(a, b *Shape) *Shape {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	case a.Whole || b.Whole:
		return Whole()
	}
	both := &Shape{Each: union(a.Each, b.Each)}
	if len(a.Fields)+len(b.Fields) > 0 {
		both.Fields = maps.Clone(a.Fields)
		if both.Fields == nil {
			both.Fields = map[string]*Shape{}
		}
		for name, field := range b.Fields {
			both.Fields[name] = union(both.Fields[name], field)
		}
	}
	return both
}

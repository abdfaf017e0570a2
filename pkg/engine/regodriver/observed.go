package regodriver

import (
	"encoding/binary"
	"maps"
	"math"
	"slices"
	"unicode/utf8"

	"github.com/kubectl-opa/kubectl-opa/pkg/projection"
)

// observed writes what a template can observe of a value, so that two values
// have the same text only if they are the same to it. What is not observed is
// left out: of a text or a number that no expression looks at as a whole there is
// only the type, as a step into it leads nowhere.
type observed struct {
	// names are those of the fields, in order, and below what is observed of each.
	names []string
	below []*observed
	// each is what is observed of all other fields and of elements.
	each *observed
}

// wholly is all of a value.
var wholly = &observed{}

func newObserved(shape *projection.Shape) *observed {
	switch {
	case shape == nil:
		return nil
	case shape.Whole:
		return wholly
	}
	o := &observed{names: slices.Sorted(maps.Keys(shape.Fields)), each: newObserved(shape.Each)}
	for _, name := range o.names {
		o.below = append(o.below, newObserved(shape.Field(name)))
	}
	return o
}

// field is what is observed of a field, nil if nothing.
func (o *observed) field(name string) *observed {
	if o == nil || o == wholly {
		return o
	}
	if i, ok := slices.BinarySearch(o.names, name); ok {
		return o.below[i]
	}
	return o.each
}

// elements is what is observed of elements, nil if nothing.
func (o *observed) elements() *observed {
	if o == wholly {
		return o
	}
	return o.each
}

// appendReview writes what is observed of a review. What all reviews of manifests
// have in common is left out. ok is false if there is a value that objects do not
// have.
func (o *observed) appendReview(to []byte, of Manifest, namespace map[string]any) (_ []byte, ok bool) {
	kind := o.field("kind")
	for _, field := range []struct {
		below *observed
		text  string
	}{
		{kind.field("group"), of.Kind.Group}, {kind.field("version"), of.Kind.Version}, {kind.field("kind"), of.Kind.Kind},
		{o.field("name"), of.Name}, {o.field("namespace"), of.Namespace}, {o.field("operation"), string(of.Operation)},
	} {
		switch {
		case field.below == nil:
		case field.text == "": // some are not there then
			to = append(to, 'z')
		default:
			to = field.below.appendString(to, field.text)
		}
	}
	for _, field := range []struct {
		name  string
		value map[string]any
	}{{"object", of.Object}, {"oldObject", of.OldObject}, {"namespaceObject", namespace}} {
		below := o.field(field.name)
		switch {
		case below == nil:
			continue
		case field.value == nil:
			to = append(to, 'z')
			continue
		}
		if to, ok = below.append(to, field.value); !ok {
			return to, false
		}
	}
	return to, true
}

// append writes what is observed of a value.
func (o *observed) append(to []byte, value any) (_ []byte, ok bool) {
	switch value := value.(type) {
	case nil:
		return append(to, 'n'), true
	case bool:
		if value {
			return append(to, 't'), true
		}
		return append(to, 'f'), true
	case string:
		return o.appendString(to, value), true
	case int64:
		return o.appendNumber(to, 'I', uint64(value)), true //nolint:gosec // the bits, not the number
	case float64:
		return o.appendNumber(to, 'F', math.Float64bits(value)), true
	case map[string]any:
		return o.appendObject(to, value)
	case []any:
		return o.appendList(to, value)
	default:
		return to, false
	}
}

func (o *observed) appendString(to []byte, value string) []byte {
	switch {
	case o == wholly:
		return appendText(append(to, 'S'), value)
	case o.each != nil: // it can be counted
		return binary.AppendUvarint(append(to, 'c'), uint64(utf8.RuneCountInString(value))) //nolint:gosec // never negative
	default:
		return append(to, 's')
	}
}

// appendNumber tells integers from others: in some places they are written
// differently.
func (o *observed) appendNumber(to []byte, kind byte, bits uint64) []byte {
	if o != wholly {
		return append(to, 'i')
	}
	return binary.BigEndian.AppendUint64(append(to, kind), bits)
}

func (o *observed) appendObject(to []byte, object map[string]any) (_ []byte, ok bool) {
	if o != wholly && o.each == nil {
		to = append(to, 'o')
		for i, name := range o.names {
			member, there := object[name]
			if !there || o.below[i] == nil {
				to = append(to, '-')
				continue
			}
			if to, ok = o.below[i].append(to, member); !ok {
				return to, false
			}
		}
		return to, true
	}
	to = binary.AppendUvarint(append(to, 'O'), uint64(len(object)))
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if to, ok = o.field(name).append(appendText(to, name), object[name]); !ok {
			return to, false
		}
	}
	return to, true
}

func (o *observed) appendList(to []byte, list []any) (_ []byte, ok bool) {
	each := o.elements()
	if each == nil {
		return append(to, 'l'), true
	}
	to = binary.AppendUvarint(append(to, 'L'), uint64(len(list)))
	for _, member := range list {
		if to, ok = each.append(to, member); !ok {
			return to, false
		}
	}
	return to, true
}

// appendText writes a text so that what follows is none of it.
func appendText(to []byte, text string) []byte {
	return append(binary.AppendUvarint(to, uint64(len(text))), text...)
}

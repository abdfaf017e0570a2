package manifest

import (
	"bytes"
	"cmp"
	stdjson "encoding/json"
	"errors"
	"fmt"
)

// errCut says that a text of JSON ends too early.
var errCut = errors.New("the text ends inside of it")

// object gives the object that begins with the window and is too large to be
// held: item by item if it is a List.
func (r *reader) object() bool {
	begin := Position{File: r.name, Line: r.line}
	o := object{reader: r, seen: map[string]int{}}
	r.at = 1
	err := o.members()
	switch {
	case o.ended:
		return false
	case err != nil:
		return r.broken(begin, err)
	case !o.cut:
		return r.give(Text{json: true}, r.at)
	}
	r.release(r.at)
	if err := o.before.confirm(begin, o.list); err != nil {
		return r.fails(err)
	}
	return true
}

// broken gives the error for an object, and goes on at the next line that begins
// like a document.
func (r *reader) broken(begin Position, err error) bool {
	switch {
	case r.err != nil && !r.ended():
		return true
	case errors.Is(err, ErrTooLarge):
		r.release(r.at)
		return r.fails(err)
	case errors.Is(err, errCut):
		err = fmt.Errorf("%s: %w: the object that begins here is not closed: %w", begin, ErrSyntax, err)
	default:
		err = fmt.Errorf("%s: %w: %w", r.position(min(r.at, len(r.rest()))), ErrSyntax, err)
	}
	if !r.fails(err) {
		return false
	}
	r.release(min(r.at, len(r.rest())))
	r.release(r.skipLine(0))
	r.passTo(func(line []byte) bool { return marker(line) != 0 || len(line) > 0 && line[0] == '{' })
	return true
}

// object is an object of which the beginning was read.
type object struct {
	*reader
	// seen has the lines of the fields.
	seen map[string]int
	// list is what the object says of its type, before what it said before its items.
	list, before listType
	// cut says that its items were given one by one, ended that no more are
	// wanted.
	cut, ended bool
}

// members reads the fields.
func (o *object) members() error {
	for first := true; ; first = false {
		c, err := o.peek()
		if err != nil {
			return err
		}
		if c == '}' && first {
			o.at++
			return nil
		}
		if c != '"' {
			return fmt.Errorf("want the name of a field, found %q", c)
		}
		if err := o.member(); err != nil {
			return err
		}
		switch c, err = o.peek(); {
		case err != nil:
			return err
		case c == '}':
			o.at++
			return nil
		case c != ',':
			return fmt.Errorf("want a comma or a closing brace, found %q", c)
		}
		o.at++
	}
}

// member reads one field.
func (o *object) member() error {
	line := o.lineAt(o.at)
	raw, err := o.value(1)
	if err != nil {
		return err
	}
	var key string
	if err := stdjson.Unmarshal(raw, &key); err != nil {
		return err
	}
	if first, found := o.seen[key]; found {
		return fmt.Errorf("field %q is there twice, first on line %d", key, first)
	}
	o.seen[key] = line
	if c, err := o.peek(); err != nil || c != ':' {
		return cmp.Or(err, fmt.Errorf("want a colon, found %q", c))
	}
	o.at++
	c, err := o.peek()
	if err != nil {
		return err
	}
	if key == "items" && c == '[' && !o.options.Lists {
		streams, err := o.streams()
		if err != nil {
			return err
		}
		if streams {
			o.cut, o.before = true, o.list
			return o.items()
		}
	}
	if raw, err = o.value(1); err != nil {
		return err
	}
	switch key {
	case "kind":
		_ = stdjson.Unmarshal(raw, &o.list.Kind) // what is no string is no kind of a list
	case "apiVersion":
		_ = stdjson.Unmarshal(raw, &o.list.APIVersion)
	}
	return nil
}

// peek passes over blanks and gives the byte behind them.
func (r *reader) peek() (byte, error) {
	for {
		rest := r.rest()[r.at:]
		content := bytes.TrimLeft(rest, " \t\r\n")
		r.at += len(rest) - len(content)
		if len(content) > 0 {
			return content[0], nil
		}
		if !r.more() {
			return 0, errCut
		}
	}
}

// value passes over a value. Where it makes the text too large, the object is
// passed over to its end, which is depth closing brackets away.
func (r *reader) value(depth int) ([]byte, error) {
	from := r.at
	b := brackets{at: from}
	for {
		done := b.pass(r.rest())
		if b.at > r.limit {
			err := r.tooLarge(r.firstLine(), "the document")
			if b.depth += depth; !done || depth > 0 {
				err = cmp.Or(r.passValue(&b), err)
			}
			r.at = b.at
			return nil, err
		}
		if done {
			break
		}
		if !r.more() {
			return nil, errCut
		}
	}
	r.at = b.at
	if b.at == from {
		return nil, errors.New("want a value")
	}
	return r.rest()[from:b.at], nil
}

// passValue passes over the rest of a value, without holding it.
func (r *reader) passValue(b *brackets) error {
	for !b.pass(r.rest()) {
		r.release(b.at)
		if b.at = 0; !r.more() {
			return errCut
		}
	}
	return nil
}

// streams tells whether the object is a List whose items need not be held: what
// it says of its type, or its first item does.
func (o *object) streams() (bool, error) {
	if o.list.known() {
		return true, nil
	}
	begin := o.at
	defer func() { o.at = begin }()
	o.at++
	c, err := o.peek()
	if err != nil || c != '{' {
		return false, err
	}
	raw, err := o.value(2)
	if err != nil {
		return false, err
	}
	var first listType
	_ = stdjson.Unmarshal(raw, &first) // an item that is wrong is told of later
	return o.list.streams(first), nil
}

// items gives the items of a list, one by one.
func (o *object) items() error {
	o.at++
	for item := 1; ; item++ {
		c, err := o.peek()
		if err != nil {
			return err
		}
		if c == ']' && item == 1 {
			o.at++
			return nil
		}
		o.release(o.at)
		o.at = 0
		raw, err := o.value(0)
		switch {
		case errors.Is(err, ErrTooLarge):
			o.ended = !o.fails(err)
		case err != nil:
			return err
		default:
			o.ended = !o.give(Text{json: true, item: item, list: o.list.forItems()}, len(raw))
			o.at = 0
		}
		if o.ended {
			return nil
		}
		switch c, err = o.peek(); {
		case err != nil:
			return err
		case c == ']':
			o.at++
			return nil
		case c != ',':
			return fmt.Errorf("want a comma or a closing bracket, found %q", c)
		}
		o.at++
	}
}

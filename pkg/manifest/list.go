package manifest

import (
	"bytes"
	"fmt"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

// listType is the type of a list, or of another object.
type listType struct {
	APIVersion any
	Kind       string
}

func typeOf(value map[string]any) listType {
	kind, _ := value["kind"].(string)
	return listType{APIVersion: value["apiVersion"], Kind: kind}
}

func (l listType) isList() bool { return strings.HasSuffix(l.Kind, "List") }

// known tells whether the items' own type follows from that of the list.
func (l listType) known() bool { return l.Kind == "List" || l.isList() && l.APIVersion != nil }

// streams tells whether items can be given before the list was read to its end:
// it was said that it is one, or the first item is an object by itself, as in
// what kubectl writes, which tells the kind of the list behind the items.
func (l listType) streams(first listType) bool {
	if l.Kind != "" && !l.isList() {
		return false
	}
	return l.known() || first.APIVersion != nil && first.Kind != ""
}

// forItems is what items that are given before the list was read take from it.
func (l listType) forItems() listType {
	if l.known() {
		return l
	}
	return listType{}
}

// confirm wants what was said behind the items to agree to that they were given.
func (l listType) confirm(at Position, all listType) error {
	if all.isList() {
		return nil
	}
	return fmt.Errorf("%s: %w: the items of this document were read as those of a List, but its kind is %q", at, ErrSyntax, all.Kind)
}

// identify gives an item of a PodList and the like the type that the list
// tells: the API server leaves it out of such items.
func (l listType) identify(item map[string]any) {
	kind := strings.TrimSuffix(l.Kind, "List")
	if item["apiVersion"] == nil && item["kind"] == nil && l.APIVersion != nil && kind != "" {
		item["apiVersion"], item["kind"] = l.APIVersion, kind
	}
}

// unfold replaces a List by its items.
func unfold(d Document) []result {
	list := typeOf(d.Value)
	items, holds := d.Value["items"].([]any)
	// Go programs that serve an API write an empty list as null.
	if empty := d.Has("items") && d.Value["items"] == nil; !holds && !empty || !list.isList() {
		return []result{{document: d}}
	}
	all := []result{}
	root := descend(d.node(), "items")
	for i, item := range items {
		at := d.Field("items", i)
		value, ok := item.(map[string]any)
		if !ok {
			all = append(all, result{err: noMap(at, i, list)})
			continue
		}
		list.identify(value)
		all = append(all, unfold(Document{Value: value, Position: at, item: i + 1, offset: d.offset, root: always(descend(root, i))})...)
	}
	return all
}

// decodeBlock reads a list in block style, each item with its own text, so that
// the lines of all need not be found at once. It is false where the text is no
// list that is simple: one of objects.
func (t Text) decodeBlock() ([]result, bool) {
	if field := []byte("\nitems:"); !bytes.HasPrefix(t.text, field[1:]) && !bytes.Contains(t.text, field) {
		return nil, false
	}
	fields, starts, ok := plainYAML(t.text)
	list := typeOf(fields)
	items, _ := fields["items"].([]any)
	if !ok || len(items) == 0 || !list.isList() {
		return nil, false
	}
	all := make([]result, 0, len(items))
	line := t.line
	for i, item := range items {
		if i > 0 {
			line += bytes.Count(t.text[starts[i-1]:starts[i]], []byte("\n"))
		} else {
			line += bytes.Count(t.text[:starts[0]], []byte("\n"))
		}
		value, ok := item.(map[string]any)
		if !ok {
			return nil, false
		}
		list.identify(value)
		text := t.text[starts[i]:starts[i+1]]
		node := func() *yaml.Node {
			return jsonText{text: withoutDash(text, bytes.IndexByte(text, '-'))}.node()
		}
		all = append(all, unfold(Document{Value: value, Position: Position{File: t.name, Line: line}, item: i + 1, offset: line - 1, root: sync.OnceValue(node)})...)
	}
	return all, true
}

// noMap is the error for an item, counted from 0, that is no object.
func noMap(at Position, i int, list listType) error {
	kind := list.Kind
	if kind == "" {
		kind = "List"
	}
	return fmt.Errorf("%s: %w: item %d of the %s is no map of fields", at, ErrSyntax, i, kind)
}

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

// decodeItems reads a list of objects, each with its own text, so that the lines
// of all need not be found at once. It is false where the text is no list, or one
// that is rare, or wrong.
func (t Text) decodeItems() ([]result, bool) {
	fields, items, ok := t.plainList()
	list := typeOf(fields)
	values, _ := fields["items"].([]any)
	if !ok || len(values) == 0 || !list.isList() {
		return nil, false
	}
	all := make([]result, 0, len(values))
	line, counted := t.line, 0
	for i, value := range values {
		fields, ok := value.(map[string]any)
		if !ok {
			return nil, false
		}
		begin, end := items[i].begin, items[i].end
		line += bytes.Count(t.text[counted:begin], []byte("\n"))
		counted = begin
		node := func() *yaml.Node {
			text := t.text[begin:end]
			if !t.json {
				text = withoutDash(text, bytes.IndexByte(text, '-'))
			}
			return jsonText{text: text}.node()
		}
		list.identify(fields)
		d := Document{Value: fields, Position: Position{File: t.name, Line: line}, item: i + 1, offset: line - 1, root: sync.OnceValue(node)}
		all = append(all, unfold(d)...)
	}
	return all, true
}

// plainList reads what may be a list without the libraries, and finds its items.
func (t Text) plainList() (fields map[string]any, items []span, ok bool) {
	field := []byte("\nitems:")
	switch {
	case !t.json && (bytes.HasPrefix(t.text, field[1:]) || bytes.Contains(t.text, field)):
		return plainYAML(t.text)
	case t.json && bytes.Contains(t.text, []byte(`"items"`)) && bytes.Contains(t.text, []byte(`List"`)):
		value, items, ok := plainJSON(t.text)
		fields, isMap := value.(map[string]any)
		return fields, items, ok && isMap
	default:
		return nil, nil, false
	}
}

// noMap is the error for an item, counted from 0, that is no object.
func noMap(at Position, i int, list listType) error {
	kind := list.Kind
	if kind == "" {
		kind = "List"
	}
	return fmt.Errorf("%s: %w: item %d of the %s is no map of fields", at, ErrSyntax, i, kind)
}

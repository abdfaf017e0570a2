package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"sync"

	"go.yaml.in/yaml/v3"
)

// ErrSyntax says that a document is not well-formed YAML or JSON, or that it
// is no map.
var ErrSyntax = errors.New("malformed document")

// result is a document, or the error that came in its place.
type result struct {
	document Document
	err      error
}

// decode reads the text.
func (t Text) decode() []result {
	if t.err != nil {
		return []result{{err: t.err}}
	}
	if t.item == 0 && !t.lists {
		if results, ok := t.decodeItems(); ok {
			return results
		}
	}
	d, empty, err := t.document()
	switch {
	case err != nil:
		return []result{{err: err}}
	case empty && t.item > 0:
		return []result{{err: noMap(Position{File: t.name, Line: t.line}, t.item-1, t.list)}}
	case empty:
		return nil
	}
	if t.item > 0 {
		if t.list.Kind == "" && d.Value["apiVersion"] == nil && d.Value["kind"] == nil {
			return []result{{err: fmt.Errorf("%s: %w: item %d has no kind, and the list does not tell one before its items",
				d.Position, ErrSyntax, t.item-1)}}
		}
		t.list.identify(d.Value)
		d.item = t.item
	}
	if t.lists {
		return []result{{document: d}}
	}
	return unfold(d)
}

// decodeItems reads a list whose items' texts are easily told apart.
func (t Text) decodeItems() ([]result, bool) {
	switch {
	case !t.json:
		return t.decodeBlock()
	case bytes.Contains(t.text, []byte(`"items"`)):
		return t.decodeList()
	default:
		return nil, false
	}
}

// document reads the text as one document.
func (t Text) document() (d Document, empty bool, err error) {
	var value any
	if t.json {
		value, err = t.decodeJSON()
	} else {
		value, empty, err = t.decodeYAML()
	}
	if err != nil || empty {
		return Document{}, empty, err
	}
	at := Position{File: t.name, Line: t.line}
	if !t.json {
		at.Line = t.firstLine()
	}
	fields, ok := value.(map[string]any)
	switch {
	case !ok && t.item > 0:
		return Document{}, false, noMap(at, t.item-1, t.list)
	case !ok:
		return Document{}, false, fmt.Errorf("%s: %w: want a map of fields, found %s", at, ErrSyntax, describe(value))
	}
	return Document{Value: fields, Position: at, offset: t.line - 1, root: sync.OnceValue(t.node)}, false, nil
}

// node is the document with its lines.
func (j jsonText) node() *yaml.Node {
	var root yaml.Node
	if err := yaml.Unmarshal(j.text, &root); err != nil || len(root.Content) == 0 {
		return nil
	}
	return root.Content[0]
}

func always(node *yaml.Node) func() *yaml.Node { return func() *yaml.Node { return node } }

func describe(value any) string {
	switch value := value.(type) {
	case []any:
		return "a list"
	case string:
		return fmt.Sprintf("the text %.40q", value)
	default:
		return fmt.Sprintf("%v", value)
	}
}

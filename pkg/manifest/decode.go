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

// decode reads a unit.
func (u unit) decode() []result {
	if u.err != nil {
		return []result{{err: u.err}}
	}
	if u.json && u.item == 0 && bytes.Contains(u.text, []byte(`"items"`)) {
		if results, ok := u.decodeList(); ok {
			return results
		}
	}
	d, empty, err := u.document()
	switch {
	case err != nil:
		return []result{{err: err}}
	case empty && u.item > 0:
		return []result{{err: noMap(Position{File: u.name, Line: u.line}, u.item-1, u.list)}}
	case empty:
		return nil
	}
	if u.item > 0 {
		if u.list.Kind == "" && d.Value["apiVersion"] == nil && d.Value["kind"] == nil {
			return []result{{err: fmt.Errorf("%s: %w: item %d has no kind, and the list does not tell one before its items",
				d.Position, ErrSyntax, u.item-1)}}
		}
		u.list.identify(d.Value)
		d.item = u.item
	}
	return unfold(d)
}

// document reads the text as one document.
func (u unit) document() (d Document, empty bool, err error) {
	var value any
	if u.json {
		value, err = u.decodeJSON()
	} else {
		value, empty, err = u.decodeYAML()
	}
	if err != nil || empty {
		return Document{}, empty, err
	}
	at := Position{File: u.name, Line: u.line}
	if !u.json {
		at.Line = u.firstLine()
	}
	fields, ok := value.(map[string]any)
	switch {
	case !ok && u.item > 0:
		return Document{}, false, noMap(at, u.item-1, u.list)
	case !ok:
		return Document{}, false, fmt.Errorf("%s: %w: want a map of fields, found %s", at, ErrSyntax, describe(value))
	}
	return Document{Value: fields, Position: at, offset: u.line - 1, root: sync.OnceValue(u.node)}, false, nil
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

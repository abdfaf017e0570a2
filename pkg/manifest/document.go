// Package manifest reads YAML and JSON documents as a stream and remembers
// where each of them, and each of their fields, stands; and it writes documents out.
package manifest

import (
	"fmt"
	"strconv"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Position is a place in a file that the user gave.
type Position struct {
	// File is the path as the user wrote it; "-" is standard input.
	File string
	// Line and Column count from 1; 0 is unknown.
	Line, Column int
}

// String gives file:line:column, without what is unknown, and nothing at all
// where there is no file.
func (p Position) String() string {
	if p.File == "" {
		return ""
	}
	text := p.File
	if text == "-" {
		text = "<stdin>"
	}
	if p.Line > 0 {
		text += ":" + strconv.Itoa(p.Line)
		if p.Column > 0 {
			text += ":" + strconv.Itoa(p.Column)
		}
	}
	return text
}

// Document is one document of a file.
type Document struct {
	// Value is the document as JSON has it: integers are int64.
	Value map[string]any
	// Position is where the document's first line of content stands.
	Position
	// offset is the number of lines of the file above the node's own text.
	offset int
	// root is the document with the lines of its fields; nil where it came from
	// no file.
	root func() *yaml.Node
	// item counts, from 1, the items of the List that it was in; 0 is none.
	item int
	// bareSpec says that root is the object's spec alone.
	bareSpec bool
	// grafts are the documents of fields that come from elsewhere.
	grafts map[string]Document
}

// Object returns the document as an object of the Kubernetes API. The value is
// shared, not copied.
func (d Document) Object() *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: d.Value}
}

// Name describes the document for messages: its kind and name where it has
// them.
func (d Document) Name() string {
	object := d.Object()
	switch {
	case object.GetKind() == "":
		return "document"
	case object.GetName() == "":
		return object.GetKind()
	default:
		return fmt.Sprintf("%s %q", object.GetKind(), object.GetName())
	}
}

// Field returns the position of a field; the path is made of map keys
// (string) and list indices (int). Where the field is missing, the position
// of its nearest parent is returned. Positions of flow style and block style
// alike are those of the value, except that a block scalar ("|") has the line
// on which its text begins.
func (d Document) Field(path ...any) Position {
	for end := len(path); end > 0 && len(d.grafts) > 0; end-- {
		if graft, found := d.grafts[key(path[:end])]; found {
			return graft.Field(path[end:]...)
		}
	}
	if d.bareSpec {
		if len(path) == 0 || path[0] != "spec" {
			return d.Position
		}
		path = path[1:]
	}
	line := d.Line
	if len(path) == 0 || d.root == nil {
		return Position{File: d.File, Line: line}
	}
	node := d.node()
	for _, step := range path {
		child := descend(node, step)
		if child == nil {
			break
		}
		node = child
		line = node.Line + d.offset
		if node.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
			line++
		}
	}
	return Position{File: d.File, Line: line}
}

// node is the document with its lines, or nil.
func (d Document) node() *yaml.Node {
	if d.root == nil {
		return nil
	}
	return d.root()
}

// Item is the index, from 0, in the List that the document was an item of; ok
// is false where it was in none.
func (d Document) Item() (index int, ok bool) { return d.item - 1, d.item > 0 }

// descend returns the child of node under a map key or list index, or nil.
func descend(node *yaml.Node, step any) *yaml.Node {
	for node != nil && node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	if node == nil {
		return nil
	}
	switch at := step.(type) {
	case string:
		if node.Kind != yaml.MappingNode {
			return nil
		}
		for i := 0; i+1 < len(node.Content); i += 2 {
			if node.Content[i].Value == at {
				return node.Content[i+1]
			}
		}
	case int:
		if node.Kind == yaml.SequenceNode && at >= 0 && at < len(node.Content) {
			return node.Content[at]
		}
	}
	return nil
}

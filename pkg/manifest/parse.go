package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/util/json"
	sigsyaml "sigs.k8s.io/yaml"
)

// ErrSyntax says that a document is not well-formed YAML or JSON, or that it
// is no map.
var ErrSyntax = errors.New("malformed document")

// Parse reads all documents of one file; name is what positions call it.
// Documents without content are passed over, and the items of a List, or of a
// PodList and the like, take the place of the List. The error wraps ErrSyntax and begins with file:line.
func Parse(name string, in io.Reader) ([]Document, error) {
	text, err := io.ReadAll(in)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", Position{File: name}, err)
	}
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	documents := []Document{}
	for _, part := range split(text) {
		found, err := parsePart(name, part)
		if err != nil {
			return nil, err
		}
		documents = append(documents, found...)
	}
	return documents, nil
}

// part is the text of one document and the number of lines above it.
type part struct {
	text   []byte
	offset int
}

// split cuts a stream at its document separators: lines that begin with
// "---", as kubectl cuts it.
func split(text []byte) []part {
	parts := []part{}
	begin, line, offset := 0, 0, 0
	for at := 0; at < len(text); {
		end := len(text)
		if i := bytes.IndexByte(text[at:], '\n'); i >= 0 {
			end = at + i + 1
		}
		if separator(text[at:end]) {
			parts = append(parts, part{text[begin:at], offset})
			begin, offset = end, line+1
		}
		at = end
		line++
	}
	return append(parts, part{text[begin:], offset})
}

// separator tells whether a line separates two documents. Content behind the
// dashes is not supported by kubectl's reader either; a comment is.
func separator(line []byte) bool {
	rest, found := bytes.CutPrefix(line, []byte("---"))
	rest = bytes.TrimSpace(rest)
	return found && (len(rest) == 0 || rest[0] == '#')
}

func parsePart(name string, p part) ([]Document, error) {
	if documents, ok := parseJSON(name, p); ok {
		return documents, nil
	}
	fail := func(err error) error {
		position, message := relocate(name, p.offset, err)
		return fmt.Errorf("%s: %w: %s", position, ErrSyntax, message)
	}
	var root yaml.Node
	if err := yaml.Unmarshal(p.text, &root); err != nil {
		return nil, fail(err)
	}
	if len(root.Content) == 0 || root.Content[0].Tag == "!!null" {
		return nil, nil
	}
	node := root.Content[0]
	at := Position{File: name, Line: node.Line + p.offset}
	if node.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%s: %w: want a map of fields, found %s", at, ErrSyntax, describe(node))
	}
	// sigs.k8s.io/yaml reads values as the API server and kubectl do (YAML
	// 1.1, strict about a key that stands twice); the node is for positions.
	raw, err := sigsyaml.YAMLToJSONStrict(p.text)
	if err != nil {
		return nil, fail(err)
	}
	value := map[string]any{}
	if err := json.Unmarshal(raw, &value); err != nil {
		return nil, fail(err)
	}
	return unfold(Document{Value: value, Position: at, offset: p.offset, root: always(node)})
}

// unfold replaces a List by its items.
func unfold(d Document) ([]Document, error) {
	kind, _ := d.Value["kind"].(string)
	items, isList := d.Value["items"].([]any)
	// Go programs that serve an API write an empty list as null.
	if empty := d.Has("items") && d.Value["items"] == nil; !isList && !empty || !strings.HasSuffix(kind, "List") {
		return []Document{d}, nil
	}
	documents := []Document{}
	for i, item := range items {
		at := d.Field("items", i)
		value, ok := item.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("%s: %w: item %d of the %s is no map of fields", at, ErrSyntax, i, kind)
		}
		identify(value, d.Value["apiVersion"], strings.TrimSuffix(kind, "List"))
		item := Document{Value: value, Position: at, offset: d.offset, root: always(descend(descend(d.root(), "items"), i))}
		found, err := unfold(item)
		if err != nil {
			return nil, err
		}
		documents = append(documents, found...)
	}
	return documents, nil
}

func always(node *yaml.Node) func() *yaml.Node { return func() *yaml.Node { return node } }

// identify gives an item of a PodList and the like the type that the list
// tells: the API server leaves it out of such items.
func identify(item map[string]any, apiVersion any, kind string) {
	if item["apiVersion"] == nil && item["kind"] == nil && apiVersion != nil && kind != "" {
		item["apiVersion"], item["kind"] = apiVersion, kind
	}
}

func describe(node *yaml.Node) string {
	switch node.Kind {
	case yaml.SequenceNode:
		return "a list"
	case yaml.ScalarNode:
		return fmt.Sprintf("the text %.40q", node.Value)
	default:
		return "something else"
	}
}

var lineNumber = regexp.MustCompile(`line (\d+):? ?`)

// relocate turns the line that a YAML error names, counted in its part, into
// a position in the file, and takes it out of the message.
func relocate(name string, offset int, err error) (Position, string) {
	message := strings.NewReplacer("yaml: ", "", "unmarshal errors:\n  ", "", "error converting YAML to JSON: ", "").
		Replace(err.Error())
	at := Position{File: name}
	if found := lineNumber.FindStringSubmatchIndex(message); found != nil {
		if line, err := strconv.Atoi(message[found[2]:found[3]]); err == nil {
			at.Line = line + offset
		}
		message = message[:found[0]] + message[found[1]:]
	}
	return at, message
}

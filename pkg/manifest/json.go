package manifest

import (
	"bytes"
	stdjson "encoding/json"
	"strings"
	"sync"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/json"
)

// parseJSON reads a part that is JSON. YAML's reader could, as JSON is YAML, but
// takes ten times as long and as much memory, which counts where a whole
// cluster was dumped. What is wrong in any way is left to it: it says where.
func parseJSON(name string, p part) ([]Document, bool) {
	begin := len(p.text) - len(bytes.TrimLeft(p.text, " \t\r\n"))
	if begin == len(p.text) || p.text[begin] != '{' || !utf8.Valid(p.text) || !stdjson.Valid(p.text) {
		return nil, false
	}
	whole := jsonText{name: name, text: p.text[begin:], line: 1 + p.offset + bytes.Count(p.text[:begin], []byte("\n"))}
	texts, list := whole.items()
	if texts == nil {
		texts = []jsonText{whole}
	}
	documents := []Document{}
	for _, text := range texts {
		d, ok := text.document()
		if !ok {
			return nil, false
		}
		identify(d.Value, list.APIVersion, strings.TrimSuffix(list.Kind, "List"))
		// Lists that are not simple are unfolded as those of YAML.
		unfolded, err := unfold(d)
		if err != nil {
			return nil, false
		}
		documents = append(documents, unfolded...)
	}
	return documents, true
}

// jsonText is the text of a JSON object in a file.
type jsonText struct {
	name string
	text []byte
	// line is that of its first byte.
	line int
}

// document reads the object. It is false where YAML's reader would refuse it.
func (j jsonText) document() (Document, bool) {
	value := map[string]any{}
	strict, err := json.UnmarshalStrict(j.text, &value)
	if err != nil || len(strict) > 0 {
		return Document{}, false
	}
	return Document{
		Value: value, Position: Position{File: j.name, Line: j.line}, offset: j.line - 1,
		root: sync.OnceValue(func() *yaml.Node {
			var root yaml.Node
			if err := yaml.Unmarshal(j.text, &root); err != nil || len(root.Content) == 0 {
				return nil
			}
			return root.Content[0]
		}),
	}, true
}

// listType is the type of a list.
type listType struct {
	APIVersion any
	Kind       string
}

// items are the items of a list, each with its own text; nil if it is none that
// is simple: a List with items that are objects, and no field twice.
func (j jsonText) items() ([]jsonText, listType) {
	decoder := stdjson.NewDecoder(bytes.NewReader(j.text))
	list := listType{}
	var items []jsonText
	seen := map[string]bool{}
	_, _ = decoder.Token() // all of the text is valid
	for decoder.More() {
		token, _ := decoder.Token()
		key, _ := token.(string)
		if seen[key] {
			return nil, listType{}
		}
		seen[key] = true
		switch key {
		case "items":
			if items = j.each(decoder); items == nil {
				return nil, listType{}
			}
		case "apiVersion":
			_ = decoder.Decode(&list.APIVersion)
		case "kind":
			_ = decoder.Decode(&list.Kind) // what is no string is no kind of a list
		default:
			var other stdjson.RawMessage
			_ = decoder.Decode(&other)
		}
	}
	if !strings.HasSuffix(list.Kind, "List") {
		return nil, listType{}
	}
	return items, list
}

// each cuts a list into its items, or is nil if there are others than objects.
func (j jsonText) each(decoder *stdjson.Decoder) []jsonText {
	if start, _ := decoder.Token(); start != stdjson.Delim('[') {
		return nil
	}
	items := []jsonText{}
	counted, line := 0, j.line
	for decoder.More() {
		var raw stdjson.RawMessage
		if err := decoder.Decode(&raw); err != nil || raw[0] != '{' {
			return nil
		}
		end := int(decoder.InputOffset())
		begin := end - len(raw)
		line += bytes.Count(j.text[counted:begin], []byte("\n"))
		counted = begin
		items = append(items, jsonText{name: j.name, text: j.text[begin:end:end], line: line})
	}
	_, _ = decoder.Token()
	return items
}

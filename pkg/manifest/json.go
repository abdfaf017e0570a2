package manifest

import (
	"bytes"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"sigs.k8s.io/json"
)

// jsonText is a text in a file.
type jsonText struct {
	name string
	text []byte
	// line is that of its first byte.
	line int
}

// decodeJSON reads a value of JSON. YAML's reader could, as JSON is YAML, but
// takes ten times as long and as much memory, which counts where a whole
// cluster was dumped. It is asked about what is no JSON.
func (t Text) decodeJSON() (any, error) {
	if value, ok := plainJSON(t.text); ok {
		return value, nil
	}
	value := map[string]any{}
	strict, err := json.UnmarshalStrict(t.text, &value)
	if err == nil && len(strict) == 0 && utf8.Valid(t.text) {
		return value, nil
	}
	if !stdjson.Valid(t.text) && len(t.text) <= whole {
		// For example a map in YAML's flow style, or an object with a comma too many.
		value, _, err := t.decodeYAML()
		return value, err
	}
	var syntax *stdjson.SyntaxError
	if errors.As(stdjson.Unmarshal(t.text, new(any)), &syntax) {
		at := t.position(int(min(syntax.Offset, int64(len(t.text)))) - 1)
		return nil, fmt.Errorf("%s: %w: %w", at, ErrSyntax, syntax)
	}
	if err == nil && len(strict) > 0 {
		err = strict[0]
	}
	return nil, t.diagnose(err)
}

// position is that of a byte of the text.
func (j jsonText) position(at int) Position {
	before := j.text[:max(at, 0)]
	return Position{File: j.name, Line: j.line + bytes.Count(before, []byte("\n")), Column: len(before) - bytes.LastIndexByte(before, '\n')}
}

// decodeList reads a list, each item with its own text and its own error. It
// is false where the text is no list that is simple.
func (t Text) decodeList() ([]result, bool) {
	if !utf8.Valid(t.text) || !stdjson.Valid(t.text) {
		return nil, false
	}
	texts, list := t.items()
	if texts == nil {
		return nil, false
	}
	all := make([]result, 0, len(texts))
	for i, text := range texts {
		all = append(all, Text{jsonText: text, json: true, item: i + 1, list: list}.decode()...)
	}
	return all, true
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
			if strict, err := json.UnmarshalStrict(other, new(any)); err != nil || len(strict) > 0 {
				return nil, listType{}
			}
		}
	}
	if !list.isList() {
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

package cassette

import (
	"bytes"
	"encoding/json"
	"slices"
)

// withoutManagedFields returns the text of an object without the field that
// only server-side apply needs and that is often half of the object, and that
// no policy gets to see.
func withoutManagedFields(object node) []byte {
	for _, field := range object.members() {
		if field.key == "metadata" {
			return slices.Concat(
				object.data[object.start:field.value.start],
				without(field.value, "managedFields"),
				object.data[field.value.end:object.end],
			)
		}
	}
	return bytes.Clone(object.text())
}

// without returns the text of an object without some of its fields.
func without(object node, fields ...string) []byte {
	if !object.is('{') {
		return object.text()
	}
	return object.with(object.members(), fields...)
}

// with is the text of an object that has these members, but for some of them.
func (n node) with(members []member, but ...string) []byte {
	kept := [][]byte{}
	for _, field := range members {
		if !slices.Contains(but, field.key) {
			kept = append(kept, n.data[field.start:field.value.end])
		}
	}
	return slices.Concat([]byte("{"), bytes.Join(kept, []byte(",")), []byte("}"))
}

// redactStrings returns valid JSON whose strings have gone through redact, keys
// included.
func redactStrings(data []byte, redact func(string) string) []byte {
	var out bytes.Buffer
	end := 0
	for i := 0; i < len(data); {
		next := bytes.IndexByte(data[i:], '"')
		if next < 0 {
			break
		}
		start := i + next
		i = skipString(data, start)
		text := node{data, start, i}.string()
		if redacted := redact(text); redacted != text {
			out.Write(data[end:start])
			out.Write(encode(redacted))
			end = i
		}
	}
	if end == 0 {
		return data
	}
	out.Write(data[end:])
	return out.Bytes()
}

// decode returns a value of valid JSON, with numbers as they are written.
func decode(text []byte) any {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	_ = decoder.Decode(&value)
	return value
}

// encode returns a value as JSON on one line, with < and > as they are.
func encode(value any) []byte {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(value) // it came from JSON, or is one of our types
	return bytes.TrimSuffix(text.Bytes(), []byte("\n"))
}

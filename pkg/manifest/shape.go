package manifest

import (
	"fmt"
	"maps"
)

// New makes a document that came from no file, such as one built from flags.
func New(value map[string]any) Document { return Document{Value: value} }

// AsSpec takes a document for the bare spec of an object, as KKP's dialogs and
// manual have it, and returns the whole object. Positions still lead into the
// bare spec.
func (d Document) AsSpec(apiVersion, kind, name string) Document {
	d.Value = map[string]any{
		"apiVersion": apiVersion, "kind": kind,
		"metadata": map[string]any{"name": name},
		"spec":     d.Value,
	}
	d.bareSpec = true
	return d
}

// Converted returns another object that was made of this document. Positions
// still lead into the document, as far as its fields have the same paths.
func (d Document) Converted(value map[string]any) Document {
	d.Value = value
	return d
}

// Spec returns the object's spec, which is made where there is none. It is
// shared, not copied.
func (d Document) Spec() map[string]any {
	spec, _ := d.Value["spec"].(map[string]any)
	if spec == nil {
		spec = map[string]any{}
		d.Value["spec"] = spec
	}
	return spec
}

// GraftText says that the text of a field was taken from a file of its own.
func (d Document) GraftText(file string, path ...any) Document {
	return d.Graft(Document{Position: Position{File: file, Line: 1}}, path...)
}

// Graft says that a field, with all below it, was taken from another document;
// one that is New has no file.
func (d Document) Graft(from Document, path ...any) Document {
	grafts := maps.Clone(d.grafts)
	if grafts == nil {
		grafts = map[string]Document{}
	}
	grafts[key(path)] = from
	d.grafts = grafts
	return d
}

// Has tells whether the document has a field.
func (d Document) Has(path ...any) bool {
	var value any = d.Value
	for _, step := range path {
		switch at := step.(type) {
		case string:
			fields, _ := value.(map[string]any)
			child, found := fields[at]
			if !found {
				return false
			}
			value = child
		case int:
			items, _ := value.([]any)
			if at < 0 || at >= len(items) {
				return false
			}
			value = items[at]
		}
	}
	return true
}

// key is a path as a map key.
func key(path []any) string { return fmt.Sprintf("%q", path) }

// Grafted tells whether a field's text was taken from a file of its own.
func (d Document) Grafted(path ...any) bool {
	_, found := d.grafts[key(path)]
	return found
}

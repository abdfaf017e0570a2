package cassette

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
)

const (
	apiVersion = "kubectl-opa/v1alpha1"
	kind       = "QueryCassette"
	// redacted and recorded are what secretValues can be.
	redacted = "redacted"
	recorded = "recorded"
)

// Save writes the cassette into a file, which is there as a whole or as it was
// before. Only its owner may read it: also without the values of Secrets it can
// hold what others have no right to see, such as environment variables.
func (c *Cassette) Save(path string) error {
	return manifest.ReplaceFileBy(path, 0o600, c.Write)
}

// Write writes the cassette as JSON with an indent of two spaces. The same
// cassette gives the same bytes.
func (c *Cassette) Write(out io.Writer) error {
	w := &writer{out: out}
	values := redacted
	if c.Secrets {
		values = recorded
	}
	w.text("{\n  \"apiVersion\": \"" + apiVersion + "\",\n  \"kind\": \"" + kind + "\",\n  \"secretValues\": \"" + values + "\",\n")
	if c.ManagedFields {
		w.text("  \"managedFields\": true,\n")
	}
	list(w, "words", c.words, func(one word) { w.json(encode(one)) })
	w.text(",\n")
	list(w, "answers", c.answers, func(one answer) {
		w.json(encode(one))
		if one.Text == nil {
			w.buffer.Truncate(w.buffer.Len() - len("\n    }"))
			w.text(",\n      \"body\": ")
			w.json(one.body)
			w.text("\n    }")
		}
	})
	w.text("\n}\n")
	w.flush()
	return w.err
}

// list writes a field that is an array.
func list[T any](w *writer, name string, all []T, write func(T)) {
	w.text("  \"" + name + "\": [")
	for i, one := range all {
		if i > 0 {
			w.text(",")
		}
		w.text("\n    ")
		write(one)
		w.flush()
	}
	if len(all) > 0 {
		w.text("\n  ")
	}
	w.text("]")
}

// writer keeps the first error.
type writer struct {
	out    io.Writer
	buffer bytes.Buffer
	err    error
}

func (w *writer) text(text string) { w.buffer.WriteString(text) }

// json adds valid JSON, indented as far as it lies within the document.
func (w *writer) json(text []byte) {
	line := w.buffer.Bytes()[bytes.LastIndexByte(w.buffer.Bytes(), '\n')+1:]
	depth := len(line) - len(bytes.TrimLeft(line, " "))
	if err := json.Indent(&w.buffer, text, "          "[:depth], "  "); err != nil && w.err == nil {
		w.err = err
	}
}

func (w *writer) flush() {
	if w.err == nil {
		_, w.err = w.out.Write(w.buffer.Bytes())
	}
	w.buffer.Reset()
}

// Package manifests writes the objects that are tested against policies, as
// files with many documents. All follows from the numbers of the objects, so
// that two runs measure the same.
package manifests

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"iter"

	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"
)

// A Format is how documents are written.
type Format string

// The formats are JSON documents one after the other, a line each, and YAML in
// block style, each document after a line "---".
const (
	JSON Format = "json"
	YAML Format = "yaml"
)

// Documents are the texts of objects, or why there is none.
func Documents(format Format, objects iter.Seq[runtime.Object]) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for object := range objects {
			if !yield(document(format, object)) {
				return
			}
		}
	}
}

// bufferSize is that of a pipe.
const bufferSize = 64 << 10

// Write writes documents. It ends at the first error, of out too.
func Write(out io.Writer, documents iter.Seq2[[]byte, error]) error {
	buffered := bufio.NewWriterSize(out, bufferSize)
	for text, err := range documents {
		if err == nil {
			_, err = buffered.Write(text)
		}
		if err != nil {
			return fmt.Errorf("writing objects: %w", err)
		}
	}
	if err := buffered.Flush(); err != nil {
		return fmt.Errorf("writing objects: %w", err)
	}
	return nil
}

func document(format Format, object runtime.Object) ([]byte, error) {
	if format == JSON {
		text, err := json.Marshal(object)
		return append(text, '\n'), err
	}
	text, err := yaml.Marshal(object)
	return append([]byte("---\n"), text...), err
}

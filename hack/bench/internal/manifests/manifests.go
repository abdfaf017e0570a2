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

// Write writes objects as documents. It ends at the first error of out.
func Write(out io.Writer, format Format, objects iter.Seq[runtime.Object]) error {
	buffered := bufio.NewWriter(out)
	for object := range objects {
		text, err := document(format, object)
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

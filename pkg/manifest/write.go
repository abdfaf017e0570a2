package manifest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "k8s.io/apimachinery/pkg/util/json"
)

// WriteYAML writes objects as a stream of YAML documents with sorted keys.
func WriteYAML(out io.Writer, objects ...*unstructured.Unstructured) error {
	var text bytes.Buffer
	for i, object := range objects {
		if i > 0 {
			text.WriteString("---\n")
		}
		document, err := YAML(object.Object)
		if err != nil {
			return fmt.Errorf("writing %s %q: %w", object.GetKind(), object.GetName(), err)
		}
		text.WriteString(document)
	}
	_, err := out.Write(text.Bytes())
	return err
}

// YAML returns a value as YAML text with sorted keys. Texts of several lines,
// such as policies, stand as blocks that can be read, tabs included.
func YAML(value any) (string, error) {
	// By way of JSON, so that json tags hold for reports and numbers stay whole.
	data, err := json.Marshal(value)
	if err != nil {
		return "", err
	}
	var plain any
	if err := utiljson.Unmarshal(data, &plain); err != nil {
		return "", err
	}
	var text bytes.Buffer
	encoder := yaml.NewEncoder(&text)
	encoder.SetIndent(2)
	encoder.CompactSeqIndent()
	if err := encoder.Encode(plain); err != nil {
		return "", err
	}
	return text.String(), encoder.Close()
}

// WriteJSON writes a value as indented JSON. Characters such as < and > stay
// as they are.
func WriteJSON(out io.Writer, value any) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}

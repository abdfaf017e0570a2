// Package crds creates CustomResourceDefinitions from files and waits until their objects can be created and listed.
package crds

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// kind is the only one that is looked for; files may hold other objects beside it.
const kind = "CustomResourceDefinition"

// Read returns the CustomResourceDefinitions of all *.yaml files in the given folders. A folder without any is an error: it
// is a mistyped path.
func Read(dirs ...string) ([]*unstructured.Unstructured, error) {
	var all []*unstructured.Unstructured
	for _, dir := range dirs {
		paths, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
		if err != nil {
			return nil, fmt.Errorf("reading CRDs: %w", err)
		}
		before := len(all)
		for _, path := range paths {
			found, err := readFile(path)
			if err != nil {
				return nil, fmt.Errorf("reading CRDs from %s: %w", path, err)
			}
			all = append(all, found...)
		}
		if len(all) == before {
			return nil, fmt.Errorf("reading CRDs: no *.yaml file in %s has one", dir)
		}
	}
	return all, nil
}

func readFile(path string) ([]*unstructured.Unstructured, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var found []*unstructured.Unstructured
	documents := utilyaml.NewYAMLReader(bufio.NewReader(file))
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return nil, err
		}
		if len(bytes.TrimSpace(document)) == 0 {
			continue
		}
		object := &unstructured.Unstructured{}
		if err := yaml.Unmarshal(document, &object.Object); err != nil {
			return nil, err
		}
		if object.GetKind() == kind {
			found = append(found, object)
		}
	}
}

// Package crds creates CustomResourceDefinitions from files and waits until their objects can be created and listed.
package crds

import (
	"fmt"
	"os"
	"path/filepath"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/hack/controlplane/internal/objects"
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
	all, err := objects.Read(file)
	if err != nil {
		return nil, err
	}
	return Of(all), nil
}

// Of returns those of the objects that are CustomResourceDefinitions.
func Of(all []*unstructured.Unstructured) []*unstructured.Unstructured {
	var found []*unstructured.Unstructured
	for _, object := range all {
		if object.GetKind() == kind {
			found = append(found, object)
		}
	}
	return found
}

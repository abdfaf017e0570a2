package imagepolicy

import (
	"errors"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// The lists of containers that a Pod has, by the names of their fields.
const (
	Containers          = "containers"
	InitContainers      = "initContainers"
	EphemeralContainers = "ephemeralContainers"
)

// Container is one container of a Pod or of a pod template.
type Container struct {
	// Kind is the list that it stands in, such as InitContainers.
	Kind string
	Name string
	// Image is the text as written; empty where there is none.
	Image string
	// Path leads to the image in the object: map keys and list indices.
	Path []any
}

// Enforced tells whether the template of a flavor can deny the container: KKP's
// does not look at ephemeral containers, and without an image there is nothing
// to decide.
func (c Container) Enforced(by Flavor) bool {
	return c.Image != "" && (by == FlavorHardened || c.Kind != EphemeralContainers)
}

// templated are the places where objects have the spec of the Pods that they
// make: the built-in kinds, and all that follow their example.
var templated = [][]string{
	{"spec", "template", "spec"},
	{"spec", "jobTemplate", "spec", "template", "spec"},
}

// FindContainers finds the containers of a Pod, or of any object that has a
// pod template where the built-in kinds have theirs. The error joins
// policy.FieldErrors.
func FindContainers(object *unstructured.Unstructured) ([]Container, error) {
	places := templated
	switch object.GroupVersionKind().GroupKind().String() {
	case "Pod":
		places = [][]string{{"spec"}}
	case "PodTemplate":
		places = [][]string{{"template", "spec"}}
	}
	f := finder{found: []Container{}}
	for _, place := range places {
		spec, _, err := unstructured.NestedFieldNoCopy(object.Object, place...)
		fields, ok := spec.(map[string]any)
		if err != nil || !ok {
			continue // There is no pod template in an object of another shape.
		}
		for _, kind := range []string{InitContainers, Containers, EphemeralContainers} {
			f.list(fields[kind], kind, append(steps(place), kind))
		}
	}
	return f.found, errors.Join(f.failed...)
}

func steps(names []string) []any {
	path := make([]any, len(names))
	for i, name := range names {
		path[i] = name
	}
	return path
}

// finder collects containers, and what is wrong with them.
type finder struct {
	found  []Container
	failed []error
}

func (f *finder) fail(path []any, problem string) {
	f.failed = append(f.failed, &policy.FieldError{Path: path, Problem: problem})
}

func (f *finder) list(value any, kind string, path []any) {
	items, ok := value.([]any)
	if !ok && value != nil {
		f.fail(path, "want a list of containers")
	}
	for i, item := range items {
		f.container(item, kind, append(slices.Clone(path), i))
	}
}

func (f *finder) container(item any, kind string, path []any) {
	fields, ok := item.(map[string]any)
	if !ok {
		f.fail(path, "want a map of fields")
		return
	}
	container := Container{Kind: kind, Path: append(path, "image")}
	container.Name, _ = fields["name"].(string)
	if container.Image, ok = fields["image"].(string); !ok && fields["image"] != nil {
		f.fail(container.Path, "want a text")
		return
	}
	f.found = append(f.found, container)
}

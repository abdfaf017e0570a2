package offline

import (
	"fmt"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// complete gives an object of a tree what its place there says: type,
// namespace and name. Where the object says something else, that is an error.
func (f found) complete() error {
	if f.branch == nil {
		return nil
	}
	if f.value == nil {
		return fmt.Errorf("%s: reading the tree: %s is no object", f.at, advice.Quote(f.branch.name))
	}
	if f.value["apiVersion"] == nil && f.value["kind"] == nil && f.branch.err == nil {
		resource := f.branch.resource
		f.value["apiVersion"] = schema.GroupVersion{Group: resource.Group, Version: resource.Version}.String()
		f.value["kind"] = resource.Kind
	}
	if f.value["metadata"] == nil {
		f.value["metadata"] = map[string]any{}
	}
	metadata, err := f.metadata()
	if err != nil {
		return err
	}
	for _, field := range []string{"name", "namespace"} {
		place := f.branch.name
		if field == "namespace" {
			place = f.branch.namespace
		}
		switch {
		case metadata[field] == nil && place != "":
			metadata[field] = place
		case metadata[field] != nil && metadata[field] != place:
			return f.wrong("stands in the place of the %s %s of the tree, and has the %s %v", field, advice.Quote(place), field, metadata[field])
		}
	}
	return nil
}

// plural is the name that a tree has for an object's resource, or "".
func (f found) plural() string {
	switch {
	case f.branch == nil:
		return ""
	case f.branch.err != nil:
		return f.branch.word
	default:
		return f.branch.resource.Name
	}
}

// fits tells whether an object stands in a tree where its kind belongs.
func (f found) fits(k *kind) error {
	switch {
	case f.branch == nil:
		return nil
	case f.plural() != k.names.Name:
		return f.wrong("stands among the %s of the tree, and is one of %s", f.branch.word, k.groupResource())
	case k.names.Namespaced && f.branch.namespace == "":
		return f.wrong("stands in the tree without a namespace, and %s are namespaced", k.groupResource())
	case !k.names.Namespaced && f.branch.namespace != "":
		return f.wrong("stands in the tree in namespace %s, and %s are cluster-scoped", advice.Quote(f.branch.namespace), k.groupResource())
	}
	return nil
}

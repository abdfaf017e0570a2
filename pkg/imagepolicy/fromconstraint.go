package imagepolicy

import (
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// FromConstraint are the prefixes that a constraint of Gatekeeper allows: those
// of its parameter, as they alone count. Where the annotation of the registries
// gives names to them, these come first, by name; then those without a name, in
// their order. What the annotation says beyond that is left out. The error says
// why the parameter is no list of texts.
func FromConstraint(constraint *unstructured.Unstructured) ([]Prefix, error) {
	path := []any{"spec", "parameters", parameterName}
	value, _, err := unstructured.NestedFieldNoCopy(constraint.Object, "spec", "parameters", parameterName)
	items, ok := value.([]any)
	if err != nil || (!ok && value != nil) {
		return nil, &policy.FieldError{Path: path, Problem: "want a list of prefixes"}
	}
	texts := []string{}
	for i, item := range items {
		text, ok := item.(string)
		if !ok {
			return nil, &policy.FieldError{Path: append(path, i), Problem: "want a text"}
		}
		texts = append(texts, text)
	}
	prefixes, named := []Prefix{}, registryNames(constraint)
	for _, name := range slices.Sorted(maps.Keys(named)) {
		if slices.Contains(texts, named[name]) {
			prefixes = append(prefixes, Prefix{Registry: name, Text: named[name]})
		}
	}
	names := slices.Collect(maps.Values(named))
	for _, text := range texts {
		if !slices.Contains(names, text) {
			prefixes = append(prefixes, Prefix{Text: text})
		}
	}
	return prefixes, nil
}

// registryNames are the prefixes by the names of their registries. Who edited
// the annotation so that it cannot be read has taken the names away.
func registryNames(constraint *unstructured.Unstructured) map[string]string {
	prefixes := map[string]string{}
	text := constraint.GetAnnotations()[policy.AnnotationRegistries]
	if err := policy.ReadAnnotation(policy.AnnotationRegistries, text, &prefixes, "a map"); err != nil {
		return nil
	}
	return prefixes
}

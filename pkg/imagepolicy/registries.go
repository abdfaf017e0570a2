package imagepolicy

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/validation"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// AnnotateRegistries writes into an exported constraint of which registries
// KKP made it: their names and prefixes. ImportRegistries is its inverse.
func AnnotateRegistries(constraint *unstructured.Unstructured, registries []kubermaticv1.AllowedRegistry) error {
	prefixes := map[string]string{}
	for i := range registries {
		prefixes[registries[i].Name] = registries[i].Spec.RegistryPrefix
	}
	text, err := json.Marshal(prefixes)
	if err != nil {
		return fmt.Errorf("writing the registries of constraint %q: %w", constraint.GetName(), err)
	}
	annotations := constraint.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[policy.AnnotationRegistries] = string(text)
	constraint.SetAnnotations(annotations)
	return nil
}

// ImportRegistries are the AllowedRegistries that an exported constraint was
// made of, sorted by name; none where it does not tell any. A list of prefixes
// that was edited in one of its two places only is refused: KKP would make the
// constraint of the registries again.
func ImportRegistries(constraint *unstructured.Unstructured) ([]*kubermaticv1.AllowedRegistry, error) {
	text, found := constraint.GetAnnotations()[policy.AnnotationRegistries]
	if !found {
		return nil, nil
	}
	path := policy.AnnotationPath(policy.AnnotationRegistries)
	prefixes := map[string]string{}
	if err := policy.ReadAnnotation(policy.AnnotationRegistries, text, &prefixes, "a map of registries, name to prefix, as JSON"); err != nil {
		return nil, err
	}
	registries := []*kubermaticv1.AllowedRegistry{}
	for _, name := range slices.Sorted(maps.Keys(prefixes)) {
		if len(validation.IsDNS1123Subdomain(name)) > 0 {
			return nil, &policy.FieldError{Path: path, Problem: fmt.Sprintf("%q cannot be the name of a registry", name)}
		}
		registry := &kubermaticv1.AllowedRegistry{}
		registry.Name = name
		registry.Spec.RegistryPrefix = prefixes[name]
		registries = append(registries, registry)
	}
	want := slices.Compact(slices.Sorted(maps.Values(prefixes)))
	if has, _, err := unstructured.NestedStringSlice(constraint.Object, "spec", "parameters", parameterName); err != nil || !slices.Equal(want, has) {
		return nil, &policy.FieldError{Path: path, Problem: fmt.Sprintf(
			"has the prefixes %q, but spec.parameters.%s is %q: change both, KKP makes the one of the other", want, parameterName, has)}
	}
	return registries, nil
}

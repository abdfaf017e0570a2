package imagepolicy

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// GatekeeperObjects are the template of a flavor and the one constraint of all
// registries, as a cluster with plain Gatekeeper should get them. Without a
// registry the constraint is nil: an empty list would deny every Pod. What an
// admin has set on the existing one, such as an enforcement action or excluded
// namespaces, stays; existing may be nil, and is not changed. FromConstraint
// gives the registries back.
func GatekeeperObjects(flavor Flavor, registries []Prefix, existing *unstructured.Unstructured) (template, constraint *unstructured.Unstructured, err error) {
	template, err = policy.ExportTemplate(Template(flavor))
	if err != nil {
		return nil, nil, err
	}
	template.SetAnnotations(map[string]string{policy.AnnotationFlavor: string(flavor)})
	if len(registries) == 0 {
		return template, nil, nil
	}
	constraint = kept(existing)
	spec := section(constraint.Object, "spec")
	section(spec, "match")["kinds"] = []any{map[string]any{"apiGroups": []any{""}, "kinds": []any{"Pod"}}}
	section(spec, "parameters")[parameterName] = list(registries)
	return template, constraint, annotateNames(constraint, registries)
}

// kept is a new constraint of the registries with what people have set on the
// existing one.
func kept(existing *unstructured.Unstructured) *unstructured.Unstructured {
	constraint := &unstructured.Unstructured{Object: map[string]any{}}
	if existing != nil {
		copied := existing.DeepCopy()
		constraint.Object["spec"] = copied.Object["spec"]
		annotations := copied.GetAnnotations()
		// kubectl would take fields away by its copy of an older object.
		delete(annotations, corev1.LastAppliedConfigAnnotation)
		constraint.SetLabels(copied.GetLabels())
		constraint.SetAnnotations(annotations)
	}
	constraint.SetAPIVersion(policy.ConstraintsGroup + "/v1beta1")
	constraint.SetKind(kubermaticv1.AllowedRegistryName)
	constraint.SetName(kubermaticv1.AllowedRegistryName)
	return constraint
}

// section is a map of fields inside others, a new one where there is none.
func section(fields map[string]any, name string) map[string]any {
	inner, ok := fields[name].(map[string]any)
	if !ok {
		inner = map[string]any{}
		fields[name] = inner
	}
	return inner
}

// list is the parameter: all prefixes, sorted, each once.
func list(registries []Prefix) []any {
	texts := []string{}
	for _, registry := range registries {
		texts = append(texts, registry.Text)
	}
	slices.Sort(texts)
	values := []any{}
	for _, text := range slices.Compact(texts) {
		values = append(values, text)
	}
	return values
}

// annotateNames writes the names of the registries into the constraint. A
// prefix may do without one.
func annotateNames(constraint *unstructured.Unstructured, registries []Prefix) error {
	named := []kubermaticv1.AllowedRegistry{}
	prefixes := map[string]string{}
	for _, registry := range registries {
		if registry.Registry == "" {
			continue
		}
		if other, twice := prefixes[registry.Registry]; twice && other != registry.Text {
			return fmt.Errorf("there are two registries %q: one with the prefix %s, one with %s", registry.Registry, other, registry.Text)
		}
		prefixes[registry.Registry] = registry.Text
		one := kubermaticv1.AllowedRegistry{}
		one.Name, one.Spec.RegistryPrefix = registry.Registry, registry.Text
		named = append(named, one)
	}
	if len(named) > 0 {
		return AnnotateRegistries(constraint, named)
	}
	annotations := constraint.GetAnnotations()
	delete(annotations, policy.AnnotationRegistries)
	if len(annotations) == 0 {
		annotations = nil
	}
	constraint.SetAnnotations(annotations)
	return nil
}

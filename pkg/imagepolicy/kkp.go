// Package imagepolicy turns allowed registries into the template and the
// constraint that enforce them.
package imagepolicy

import (
	_ "embed"
	"encoding/json"
	"slices"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// parameterName is the parameter that holds the prefixes.
const parameterName = "allowed_registry"

//go:embed kkp.rego
var kkpRego string

// KKPTemplate is the template that KKP keeps as long as there is any
// AllowedRegistry: same name, same kind, same decisions, same messages.
func KKPTemplate() *kubermaticv1.ConstraintTemplate { return template(kkpRego) }

// template is what the templates of both flavors have in common.
func template(rego string) *kubermaticv1.ConstraintTemplate {
	schema := policy.JSON(map[string]any{
		"type": "object",
		"properties": map[string]any{
			parameterName: map[string]any{"type": "array", "items": map[string]any{"type": "string"}},
		},
	})
	template := &kubermaticv1.ConstraintTemplate{}
	template.Name = kubermaticv1.AllowedRegistryName
	template.Spec.CRD.Spec.Names.Kind = kubermaticv1.AllowedRegistryName
	template.Spec.CRD.Spec.Validation = &kubermaticv1.Validation{OpenAPIV3Schema: &schema}
	template.Spec.Targets = []kubermaticv1.Target{{
		Target: policy.TargetName,
		Code: []kubermaticv1.Code{{
			Engine: policy.EngineRego,
			Source: policy.JSON(policy.RegoSource{Rego: rego}),
		}},
	}}
	return template
}

// KKPConstraint is the Default Constraint that KKP makes from all prefixes:
// sorted, each once. Without any prefix it is disabled, as an empty list would
// deny every Pod. What an admin may have added to an existing one, such as a
// selector or an enforcement action, stays; existing may be nil.
func KKPConstraint(prefixes []string, existing *kubermaticv1.Constraint) *kubermaticv1.Constraint {
	constraint := &kubermaticv1.Constraint{}
	if existing != nil {
		constraint.Spec = existing.Spec
	}
	constraint.Name = kubermaticv1.AllowedRegistryName
	constraint.Namespace = kubermaticv1.Namespace
	spec := &constraint.Spec
	spec.ConstraintType = kubermaticv1.AllowedRegistryName
	spec.Disabled = len(prefixes) == 0
	match := kubermaticv1.Match{}
	if spec.Match != nil {
		match = *spec.Match
	}
	match.Kinds = []kubermaticv1.MatchKinds{{APIGroups: []string{""}, Kinds: []string{"Pod"}}}
	spec.Match = &match
	sorted := append([]string{}, prefixes...)
	slices.Sort(sorted)
	parameters := map[string]apiextensionsv1.JSON{}
	for name, value := range spec.Parameters {
		parameters[name] = value
	}
	parameters[parameterName] = policy.JSON(slices.Compact(sorted))
	spec.Parameters = parameters
	return constraint
}

// Prefixes returns the prefixes that KKP's Default Constraint allows. Where the
// parameter is not a list of texts there are none.
func Prefixes(constraint *kubermaticv1.Constraint) []string {
	prefixes := []string{}
	if err := json.Unmarshal(constraint.Spec.Parameters[parameterName].Raw, &prefixes); err != nil {
		return []string{}
	}
	return prefixes
}

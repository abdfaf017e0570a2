package imagepolicy_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/imagepolicy"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

func registry(name, prefix string) kubermaticv1.AllowedRegistry {
	made := kubermaticv1.AllowedRegistry{}
	made.Name = name
	made.Spec.RegistryPrefix = prefix
	return made
}

// TestRegistriesTravel exports the constraint that KKP makes of registries and
// wants them, and the constraint, back.
func TestRegistriesTravel(t *testing.T) {
	registries := []kubermaticv1.AllowedRegistry{registry("quay", "quay.io"), registry("a.b", "x/<y>"), registry("twin", "quay.io")}
	constraint := imagepolicy.KKPConstraint([]string{"quay.io", "x/<y>", "quay.io"}, nil)
	exported, err := policy.ExportConstraint(constraint)
	if err != nil {
		t.Fatal(err)
	}
	if err := imagepolicy.AnnotateRegistries(exported, registries); err != nil {
		t.Fatal(err)
	}
	got, err := imagepolicy.ImportRegistries(exported)
	if err != nil {
		t.Fatal(err)
	}
	want := []*kubermaticv1.AllowedRegistry{&registries[1], &registries[0], &registries[2]}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	back, notes, err := policy.ImportConstraint(exported)
	if err != nil || len(notes) > 0 {
		t.Fatalf("notes %v, error %v", notes, err)
	}
	if diff := cmp.Diff(constraint, back); diff != "" {
		t.Error(diff)
	}
}

func TestImportRegistries(t *testing.T) {
	const at = "metadata.annotations.kubectl-opa/registries: "
	for name, tc := range map[string]struct {
		object, err string
		count       int
	}{
		"none":        {object: "{spec: {parameters: {allowed_registry: [x]}}}"},
		"fine":        {object: `{metadata: {annotations: {kubectl-opa/registries: '{"a":"x"}'}}, spec: {parameters: {allowed_registry: [x]}}}`, count: 1},
		"no map":      {object: `{metadata: {annotations: {kubectl-opa/registries: '[]'}}}`, err: at + "does not hold a map of registries, name to prefix, as JSON: it is a list"},
		"no name":     {object: `{metadata: {annotations: {kubectl-opa/registries: '{"../a":"x"}'}}}`, err: at + `"../a" cannot be the name of a registry`},
		"edited":      {object: `{metadata: {annotations: {kubectl-opa/registries: '{"a":"x"}'}}, spec: {parameters: {allowed_registry: [x, z]}}}`, err: at + `has the prefixes ["x"], but spec.parameters.allowed_registry is ["x" "z"]: change both, KKP makes the one of the other`},
		"not a list":  {object: `{metadata: {annotations: {kubectl-opa/registries: '{"a":"x"}'}}, spec: {parameters: {allowed_registry: x}}}`, err: at + `has the prefixes ["x"], but spec.parameters.allowed_registry is []: change both, KKP makes the one of the other`},
		"not a value": {object: `{metadata: {annotations: {kubectl-opa/registries: '{"a":1}'}}}`, err: at + "does not hold a map of registries, name to prefix, as JSON: it is a number"},
	} {
		t.Run(name, func(t *testing.T) {
			object := &unstructured.Unstructured{}
			if err := yaml.Unmarshal([]byte(tc.object), &object.Object); err != nil {
				t.Fatal(err)
			}
			got, err := imagepolicy.ImportRegistries(object)
			text := ""
			if err != nil {
				text = err.Error()
			}
			if diff := cmp.Diff(tc.err, text); diff != "" || len(got) != tc.count {
				t.Errorf("%d registries, error: %s", len(got), diff)
			}
		})
	}
}

package policy_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// TestCompleteOneThing completes templates that lack little.
func TestCompleteOneThing(t *testing.T) {
	const typed = " | type: object was missing: Gatekeeper refuses the template without it, and KKP does not say so"
	for name, tc := range map[string]struct {
		in, want string
		notes    []string
	}{
		"rego beside code of another engine": {
			in:    "{targets: [{target: t, rego: x, code: [{engine: K8sNativeValidation, source: {a: b}}]}]}",
			want:  "{targets: [{target: t, code: [{engine: K8sNativeValidation, source: {a: b}}, {engine: Rego, source: {rego: x}}]}]}",
			notes: []string{"spec.targets[0].rego | rego was turned into code: KKP refuses a target without code since 2.26"},
		},
		"a schema without a single field": {
			in:    "{crd: {spec: {validation: {openAPIV3Schema: {}}}}}",
			want:  "{crd: {spec: {validation: {openAPIV3Schema: {type: object}}}}}",
			notes: []string{"spec.crd.spec.validation.openAPIV3Schema" + typed},
		},
		"a schema that says that it is no legacy one": {
			in:    "{crd: {spec: {validation: {legacySchema: false, openAPIV3Schema: {type: object, properties: {a: {properties: {}}}}}}}}",
			want:  "{crd: {spec: {validation: {legacySchema: false, openAPIV3Schema: {type: object, properties: {a: {type: object, properties: {}}}}}}}}",
			notes: []string{"spec.crd.spec.validation.openAPIV3Schema.properties.a" + typed},
		},
		"no schema": {in: "{crd: {spec: {validation: {}}}}", want: "{crd: {spec: {validation: {}}}}"},
	} {
		t.Run(name, func(t *testing.T) {
			template := readTemplate(t, object(t, kkpTemplate+"metadata: {name: k}\nspec: "+tc.in))
			notes, err := policy.Complete(template)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.notes, lines(notes)); diff != "" {
				t.Error(diff)
			}
			got, err := policy.TemplateObject(template)
			if err != nil {
				t.Fatal(err)
			}
			want := object(t, kkpTemplate+"metadata: {name: k}\nspec: "+tc.want)
			if diff := cmp.Diff(want.Object, got.Object); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEngines(t *testing.T) {
	for targets, want := range map[string][]string{
		"[]":                                  {},
		"[{target: t}]":                       {},
		"[{target: t, rego: x}]":              {"Rego"},
		"[{code: [{engine: Rego}]}]":          {"Rego"},
		"[{rego: x, code: [{engine: Rego}]}]": {"Rego"},
		"[{code: [{engine: K8sNativeValidation}, {engine: Rego}]}]": {"K8sNativeValidation", "Rego"},
		"[{rego: x}, {code: [{engine: K8sNativeValidation}]}]":      {"Rego", "K8sNativeValidation"},
	} {
		template := readTemplate(t, object(t, kkpTemplate+"metadata: {name: k}\nspec: {targets: "+targets+"}"))
		if diff := cmp.Diff(want, policy.Engines(template)); diff != "" {
			t.Errorf("%s: %s", targets, diff)
		}
	}
}

package policy_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// TestRegistryTravels reads an AllowedRegistry as the server has it, and wants
// of it what an admin wrote.
func TestRegistryTravels(t *testing.T) {
	const head = "apiVersion: kubermatic.k8c.io/v1\nkind: AllowedRegistry\n"
	registry, err := policy.ReadRegistry(object(t, head+`
metadata: {name: quay, labels: {a: b}, uid: u, generation: 3, creationTimestamp: "2026-01-02T03:04:05Z", managedFields: [{manager: m}]}
spec: {registryPrefix: quay.io}
status: {ready: true}
`))
	if err != nil {
		t.Fatal(err)
	}
	got, err := policy.RegistryObject(registry)
	if err != nil {
		t.Fatal(err)
	}
	want := object(t, head+"metadata: {name: quay, labels: {a: b}}\nspec: {registryPrefix: quay.io}")
	if diff := cmp.Diff(want.Object, got.Object); diff != "" {
		t.Error(diff)
	}
}

func TestReadRegistryErrors(t *testing.T) {
	for name, tc := range map[string]struct{ text, want string }{
		"another API":  {"{apiVersion: example.com/v1, kind: AllowedRegistry}", `kind: want an AllowedRegistry of kubermatic.k8c.io, found AllowedRegistry of "example.com/v1"`},
		"another kind": {"{apiVersion: kubermatic.k8c.io/v1, kind: Constraint}", `kind: want an AllowedRegistry of kubermatic.k8c.io, found Constraint of "kubermatic.k8c.io/v1"`},
		"typo":         {"{apiVersion: kubermatic.k8c.io/v1, kind: AllowedRegistry, spec: {prefix: x}}", "spec.prefix: unknown field: KKP would drop it without a word"},
		"no text":      {"{apiVersion: kubermatic.k8c.io/v1, kind: AllowedRegistry, spec: {registryPrefix: [x]}}", "spec.registryPrefix: want a text, found a list"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := policy.ReadRegistry(object(t, tc.text))
			if diff := cmp.Diff(tc.want, text(err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

package policy_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// TestReadNotes holds of which objects labels and annotations stay behind:
// KKP's own are shown where they are.
func TestReadNotes(t *testing.T) {
	readTemplate := func(object *unstructured.Unstructured) ([]policy.Note, error) {
		_, notes, err := policy.ReadTemplate(object)
		return notes, err
	}
	readConstraint := func(object *unstructured.Unstructured) ([]policy.Note, error) {
		_, notes, err := policy.ReadConstraint(object)
		return notes, err
	}
	const (
		ofTemplate   = "metadata.annotations | KKP does not carry annotations to the user clusters"
		ofConstraint = "metadata | KKP does not carry labels and annotations to the user clusters"
	)
	for name, tc := range map[string]struct {
		read                       func(*unstructured.Unstructured) ([]policy.Note, error)
		apiVersion, kind, metadata string
		want                       []string
	}{
		"KKP's template":                   {readTemplate, "kubermatic.k8c.io/v1", "ConstraintTemplate", "{annotations: {a: b}}", nil},
		"Gatekeeper's template":            {readTemplate, "templates.gatekeeper.sh/v1", "ConstraintTemplate", "{annotations: {a: b}}", []string{ofTemplate}},
		"Gatekeeper's template, labels":    {readTemplate, "templates.gatekeeper.sh/v1", "ConstraintTemplate", "{labels: {a: b}}", nil},
		"KKP's constraint":                 {readConstraint, "kubermatic.k8c.io/v1", "Constraint", "{labels: {a: b}, annotations: {a: b}}", nil},
		"Gatekeeper's constraint":          {readConstraint, "constraints.gatekeeper.sh/v1beta1", "K", "{annotations: {a: b}}", []string{ofConstraint}},
		"Gatekeeper's constraint, labels":  {readConstraint, "constraints.gatekeeper.sh/v1beta1", "K", "{labels: {a: b}}", []string{ofConstraint}},
		"Gatekeeper's constraint, neither": {readConstraint, "constraints.gatekeeper.sh/v1beta1", "K", "{name: c}", nil},
	} {
		t.Run(name, func(t *testing.T) {
			notes, err := tc.read(typed(t, tc.apiVersion, tc.kind, "{metadata: "+tc.metadata+"}"))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, lines(notes)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestRenderingLeavesItsArgumentsAlone renders and exports objects, and wants
// them as they were.
func TestRenderingLeavesItsArgumentsAlone(t *testing.T) {
	constraint := func() *unstructured.Unstructured {
		return typed(t, "kubermatic.k8c.io/v1", "Constraint",
			`{metadata: {name: c, namespace: ns, annotations: {a: b}}, spec: {constraintType: K, match: {labelSelector: {}}, selector: {}, parameters: {rawJSON: '{"a":1}'}}}`)
	}
	template := func() *unstructured.Unstructured {
		return typed(t, "kubermatic.k8c.io/v1", "ConstraintTemplate",
			`{metadata: {name: k, annotations: {a: b}}, spec: {selector: {providers: [aws]}, crd: {spec: {validation: {openAPIV3Schema: {}}}}}}`)
	}
	for name, form := range map[string]form{"written": written, "exported": exported} {
		t.Run(name, func(t *testing.T) {
			gotConstraint, gotTemplate := readConstraint(t, constraint()), readTemplate(t, template())
			if _, err := form.constraint(gotConstraint); err != nil {
				t.Fatal(err)
			}
			if _, err := form.template(gotTemplate); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(readConstraint(t, constraint()), gotConstraint); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(readTemplate(t, template()), gotTemplate); diff != "" {
				t.Error(diff)
			}
		})
	}
}

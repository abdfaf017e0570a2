package imagepolicy_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/compile"
	"github.com/kubectl-opa/kubectl-opa/pkg/imagepolicy"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

func read(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	object := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(text), &object.Object); err != nil {
		t.Fatal(err)
	}
	return object
}

// TestGatekeeperObjects makes the objects of registries, and gets these back.
func TestGatekeeperObjects(t *testing.T) {
	registries := []imagepolicy.Prefix{{Registry: "quay", Text: "quay.io"}, {Text: "b"}, {Registry: "a.b", Text: "x/<y>"}, {Registry: "twin", Text: "quay.io"}}
	for _, flavor := range imagepolicy.Flavors() {
		template, constraint, err := imagepolicy.GatekeeperObjects(flavor, registries, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := imagepolicy.FlavorOf(template); got != flavor || template.GetAnnotations()["kubectl-opa/flavor"] != string(flavor) {
			t.Errorf("want the template of %s, found %s with annotations %v", flavor, got, template.GetAnnotations())
		}
		if err := compile.Template(t.Context(), template); err != nil {
			t.Errorf("%s: %v", flavor, err)
		}
		want := read(t, `
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: allowedregistry
metadata:
  name: allowedregistry
  annotations: {kubectl-opa/registries: '{"a.b":"x/\u003cy\u003e","quay":"quay.io","twin":"quay.io"}'}
spec:
  match: {kinds: [{apiGroups: [""], kinds: [Pod]}]}
  parameters: {allowed_registry: [b, quay.io, x/<y>]}
`)
		if diff := cmp.Diff(want, constraint); diff != "" {
			t.Error(diff)
		}
		back, err := imagepolicy.FromConstraint(constraint)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]imagepolicy.Prefix{registries[2], registries[0], registries[3], registries[1]}, back); diff != "" {
			t.Error(diff)
		}
	}
}

// TestGatekeeperObjectsKeep wants what an admin has set on the constraint to
// stay, and the existing object to be left alone.
func TestGatekeeperObjectsKeep(t *testing.T) {
	const text = `
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: allowedregistry
metadata:
  name: allowedregistry
  uid: "1"
  resourceVersion: "2"
  labels: {team: platform}
  annotations: {why: because, kubectl-opa/registries: '{"old":"old.io"}', kubectl.kubernetes.io/last-applied-configuration: '{}'}
spec:
  enforcementAction: scoped
  scopedEnforcementActions: [{action: warn, enforcementPoints: [{name: validation.gatekeeper.sh}]}]
  match: {kinds: [{kinds: [Deployment]}], excludedNamespaces: [kube-system], labelSelector: {}}
  parameters: {allowed_registry: [old.io], mine: 1}
status: {totalViolations: 3}
`
	existing := read(t, text)
	_, constraint, err := imagepolicy.GatekeeperObjects(imagepolicy.FlavorHardened, []imagepolicy.Prefix{{Registry: "quay", Text: "quay.io"}}, existing)
	if err != nil {
		t.Fatal(err)
	}
	want := read(t, `
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: allowedregistry
metadata:
  name: allowedregistry
  labels: {team: platform}
  annotations: {why: because, kubectl-opa/registries: '{"quay":"quay.io"}'}
spec:
  enforcementAction: scoped
  scopedEnforcementActions: [{action: warn, enforcementPoints: [{name: validation.gatekeeper.sh}]}]
  match: {kinds: [{apiGroups: [""], kinds: [Pod]}], excludedNamespaces: [kube-system], labelSelector: {}}
  parameters: {allowed_registry: [quay.io], mine: 1}
`)
	if diff := cmp.Diff(want, constraint); diff != "" {
		t.Error(diff)
	}
	// Fields without a value are none; names that are gone are gone.
	_, constraint, err = imagepolicy.GatekeeperObjects(imagepolicy.FlavorHardened, []imagepolicy.Prefix{{Text: "x"}},
		read(t, `{metadata: {annotations: {kubectl-opa/registries: '{}'}}, spec: {match: null, enforcementAction: warn}}`))
	want = read(t, `
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: allowedregistry
metadata: {name: allowedregistry}
spec:
  enforcementAction: warn
  match: {kinds: [{apiGroups: [""], kinds: [Pod]}]}
  parameters: {allowed_registry: [x]}
`)
	if diff := cmp.Diff(want, constraint); diff != "" || err != nil {
		t.Errorf("%v, %s", err, diff)
	}
	if diff := cmp.Diff(read(t, text), existing); diff != "" {
		t.Errorf("the existing constraint was changed: %s", diff)
	}
}

// TestGatekeeperObjectsOfNothing wants no list that denies every Pod.
func TestGatekeeperObjectsOfNothing(t *testing.T) {
	existing := read(t, `{spec: {parameters: {allowed_registry: [a]}}}`)
	template, constraint, err := imagepolicy.GatekeeperObjects(imagepolicy.FlavorHardened, []imagepolicy.Prefix{}, existing)
	if template == nil || constraint != nil || err != nil {
		t.Errorf("found %v, %v, %v", template, constraint, err)
	}
}

func TestGatekeeperObjectsOfTwins(t *testing.T) {
	_, _, err := imagepolicy.GatekeeperObjects(imagepolicy.FlavorHardened, []imagepolicy.Prefix{{"a", "x"}, {"a", "x"}, {"a", "y"}}, nil)
	if err == nil || err.Error() != `there are two registries "a": one with the prefix x, one with y` {
		t.Errorf("found %v", err)
	}
}

func TestFromConstraint(t *testing.T) {
	for name, tc := range map[string]struct {
		object string
		want   []imagepolicy.Prefix
		err    string
	}{
		"nothing":         {object: `{}`, want: []imagepolicy.Prefix{}},
		"no names":        {object: `{spec: {parameters: {allowed_registry: [b, a]}}}`, want: []imagepolicy.Prefix{{Text: "b"}, {Text: "a"}}},
		"names that fit":  {object: `{metadata: {annotations: {kubectl-opa/registries: '{"z":"a","y":"b"}'}}, spec: {parameters: {allowed_registry: [a, c, b]}}}`, want: []imagepolicy.Prefix{{"y", "b"}, {"z", "a"}, {"", "c"}}},
		"a name too many": {object: `{metadata: {annotations: {kubectl-opa/registries: '{"z":"a","y":"b"}'}}, spec: {parameters: {allowed_registry: [a]}}}`, want: []imagepolicy.Prefix{{"z", "a"}}},
		"broken names":    {object: `{metadata: {annotations: {kubectl-opa/registries: '{"z":"a","y":1}'}}, spec: {parameters: {allowed_registry: [a]}}}`, want: []imagepolicy.Prefix{{Text: "a"}}},
		"no list":         {object: `{spec: {parameters: {allowed_registry: a}}}`, err: "spec.parameters.allowed_registry: want a list of prefixes"},
		"no parameters":   {object: `{spec: {parameters: [a]}}`, err: "spec.parameters.allowed_registry: want a list of prefixes"},
		"no text":         {object: `{spec: {parameters: {allowed_registry: [a, 1]}}}`, err: "spec.parameters.allowed_registry[1]: want a text"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := imagepolicy.FromConstraint(read(t, tc.object))
			text := ""
			if err != nil {
				text = err.Error()
			}
			if diff := cmp.Diff(tc.err, text); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestGatekeeperObjectsTravel brings the objects to KKP: nothing is lost.
func TestGatekeeperObjectsTravel(t *testing.T) {
	for _, flavor := range imagepolicy.Flavors() {
		template, constraint, err := imagepolicy.GatekeeperObjects(flavor, []imagepolicy.Prefix{{Registry: "quay", Text: "quay.io"}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		imported, notes, err := policy.ImportTemplate(template)
		if err != nil || len(notes) > 0 {
			t.Errorf("%s: notes %v, error %v", flavor, notes, err)
		}
		if diff := cmp.Diff(imagepolicy.Template(flavor), imported); diff != "" {
			t.Errorf("%s: %s", flavor, diff)
		}
		registries, err := imagepolicy.ImportRegistries(constraint)
		want := registry("quay", "quay.io")
		if diff := cmp.Diff([]*kubermaticv1.AllowedRegistry{&want}, registries); diff != "" || err != nil {
			t.Errorf("%s: error %v, %s", flavor, err, diff)
		}
	}
}

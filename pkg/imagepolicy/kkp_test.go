package imagepolicy_test

import (
	"context"
	"os"
	"slices"
	"testing"

	constraintclient "github.com/open-policy-agent/frameworks/constraint/pkg/client"
	"github.com/open-policy-agent/frameworks/constraint/pkg/client/reviews"
	"github.com/open-policy-agent/frameworks/constraint/pkg/core/templates"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/target"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/util"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/compile"
	"github.com/kubectl-opa/kubectl-opa/pkg/imagepolicy"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

type conformanceCase struct {
	Name     string            `json:"name"`
	Prefixes []string          `json:"prefixes"`
	Images   map[string]string `json:"images"`
	Messages map[string]string `json:"messages"`
}

// TestKKPDecisions lets Gatekeeper's engine decide every case, for each kind
// of container, by the objects that KKP would write to a user cluster.
func TestKKPDecisions(t *testing.T) {
	for _, tc := range conformanceCases(t) {
		for _, kind := range []string{"containers", "initContainers", "ephemeralContainers"} {
			t.Run(tc.Name+"/"+kind, func(t *testing.T) {
				want := []string{}
				if message := tc.Messages[kind]; message != "" {
					want = append(want, message)
				}
				containers := []any{}
				for name, image := range tc.Images {
					containers = append(containers, map[string]any{"name": name, "image": image})
				}
				if diff := cmp.Diff(want, decide(t, engine(t, tc.Prefixes), pod(kind, containers...))); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

func conformanceCases(t *testing.T) []conformanceCase {
	t.Helper()
	data, err := os.ReadFile("../../testdata/conformance/registry-kkp.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Cases []conformanceCase `json:"cases"`
	}
	if err := yaml.UnmarshalStrict(data, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Cases) == 0 {
		t.Fatal("no cases")
	}
	return file.Cases
}

// engine is Gatekeeper's, with the objects that KKP makes of the prefixes.
func engine(t *testing.T, prefixes []string) *constraintclient.Client {
	t.Helper()
	ctx := context.Background()
	client, err := compile.NewClient()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.AddTemplate(ctx, internalTemplate(t)); err != nil {
		t.Fatal(err)
	}
	// KKP removes a disabled constraint from the user clusters.
	if constraint := imagepolicy.KKPConstraint(prefixes, nil); !constraint.Spec.Disabled {
		object, err := policy.GatekeeperConstraint(constraint)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.AddConstraint(ctx, object); err != nil {
			t.Fatal(err)
		}
	}
	return client
}

// pod is a Pod with one list of containers.
func pod(kind string, containers ...any) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Pod",
		"metadata": map[string]any{"name": "pod", "namespace": "default"},
		"spec":     map[string]any{kind: containers},
	}}
}

// decide reviews a Pod as the webhook does and returns the messages.
func decide(t *testing.T, client *constraintclient.Client, pod *unstructured.Unstructured) []string {
	t.Helper()
	responses, err := client.Review(context.Background(),
		&target.AugmentedUnstructured{Object: *pod, Namespace: namespace("default"), Source: "Original"},
		reviews.EnforcementPoint(util.WebhookEnforcementPoint))
	if err != nil {
		t.Fatal(err)
	}
	messages := []string{}
	for _, result := range responses.Results() {
		messages = append(messages, result.Msg)
	}
	slices.Sort(messages)
	return messages
}

func internalTemplate(t *testing.T) *templates.ConstraintTemplate {
	t.Helper()
	object, err := policy.GatekeeperTemplate(imagepolicy.KKPTemplate())
	if err != nil {
		t.Fatal(err)
	}
	template, err := compile.Internal(object)
	if err != nil {
		t.Fatal(err)
	}
	return template
}

// TestKKPConstraintKeeps checks that what an admin added by hand survives, and
// that the existing object is not changed.
func TestKKPConstraintKeeps(t *testing.T) {
	made := func() *kubermaticv1.Constraint {
		return &kubermaticv1.Constraint{Spec: kubermaticv1.ConstraintSpec{
			ConstraintType: "other", Disabled: true, EnforcementAction: "warn",
			Match:      &kubermaticv1.Match{Namespaces: []string{"a"}, Kinds: []kubermaticv1.MatchKinds{{Kinds: []string{"X"}}}},
			Parameters: map[string]apiextensionsv1.JSON{"mine": {Raw: []byte(`1`)}, "allowed_registry": {Raw: []byte(`["old"]`)}},
			Selector:   &kubermaticv1.ClusterSelector{Providers: []string{"aws"}},
		}}
	}
	existing, prefixes := made(), []string{"b", "a", "b"}
	got := imagepolicy.KKPConstraint(prefixes, existing)
	want := kubermaticv1.ConstraintSpec{
		ConstraintType: "allowedregistry", EnforcementAction: "warn",
		Match: &kubermaticv1.Match{
			Namespaces: []string{"a"},
			Kinds:      []kubermaticv1.MatchKinds{{APIGroups: []string{""}, Kinds: []string{"Pod"}}},
		},
		Parameters: map[string]apiextensionsv1.JSON{"mine": {Raw: []byte(`1`)}, "allowed_registry": {Raw: []byte(`["a","b"]`)}},
		Selector:   &kubermaticv1.ClusterSelector{Providers: []string{"aws"}},
	}
	if diff := cmp.Diff(want, got.Spec); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(metav1.ObjectMeta{Name: "allowedregistry", Namespace: "kubermatic"}, got.ObjectMeta); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(made(), existing); diff != "" {
		t.Errorf("the existing constraint was changed: %s", diff)
	}
	if diff := cmp.Diff([]string{"b", "a", "b"}, prefixes); diff != "" {
		t.Errorf("the prefixes were changed: %s", diff)
	}
}

// TestPrefixes reads the list of a constraint, which anybody may have edited.
func TestPrefixes(t *testing.T) {
	for list, want := range map[string][]string{
		`["b","a"]`: {"b", "a"}, `[]`: {}, `["a",1]`: {}, `"a"`: {}, ``: {},
	} {
		constraint := &kubermaticv1.Constraint{}
		constraint.Spec.Parameters = map[string]apiextensionsv1.JSON{"allowed_registry": {Raw: []byte(list)}, "other": {Raw: []byte(`["c"]`)}}
		if diff := cmp.Diff(want, imagepolicy.Prefixes(constraint)); diff != "" {
			t.Errorf("%s: %s", list, diff)
		}
	}
	if got := imagepolicy.Prefixes(imagepolicy.KKPConstraint([]string{"y", "x"}, nil)); !slices.Equal(got, []string{"x", "y"}) {
		t.Errorf("of KKP's own constraint: %q", got)
	}
}

func TestNoRegistryIsDisabled(t *testing.T) {
	for _, prefixes := range [][]string{nil, {}} {
		spec := imagepolicy.KKPConstraint(prefixes, nil).Spec
		if !spec.Disabled || string(spec.Parameters["allowed_registry"].Raw) != "[]" {
			t.Errorf("without a registry: disabled %v, list %s", spec.Disabled, spec.Parameters["allowed_registry"].Raw)
		}
	}
}

func namespace(name string) *corev1.Namespace {
	return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
}

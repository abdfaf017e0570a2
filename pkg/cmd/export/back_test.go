package export

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/imagepolicy"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

func constraint(namespace, name string, spec kubermaticv1.ConstraintSpec) kubermaticv1.Constraint {
	spec.ConstraintType = kubermaticv1.AllowedRegistryName
	return kubermaticv1.Constraint{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Spec: spec}
}

// TestTheWayBack exports to files and wants all of KKP's objects back from
// them, disabled ones too, on both editions.
func TestTheWayBack(t *testing.T) {
	cluster := kubermaticv1.Cluster{ObjectMeta: metav1.ObjectMeta{Name: "abc"}, Status: kubermaticv1.ClusterStatus{NamespaceName: "cluster-abc"}}
	registry := kubermaticv1.AllowedRegistry{ObjectMeta: metav1.ObjectMeta{Name: "quay"}, Spec: kubermaticv1.AllowedRegistrySpec{RegistryPrefix: "quay.io/"}}
	want := stock{
		templates: []kubermaticv1.ConstraintTemplate{*imagepolicy.KKPTemplate()},
		constraints: []kubermaticv1.Constraint{
			constraint("cluster-abc", "off", kubermaticv1.ConstraintSpec{Disabled: true, Match: &kubermaticv1.Match{LabelSelector: &metav1.LabelSelector{}}}),
			constraint("cluster-abc", "own", kubermaticv1.ConstraintSpec{EnforcementAction: "warn"}),
			*imagepolicy.KKPConstraint([]string{"quay.io/"}, nil),
			constraint("kubermatic", "default-off", kubermaticv1.ConstraintSpec{
				Disabled: true, Selector: &kubermaticv1.ClusterSelector{Providers: []string{"aws"}},
				Parameters: map[string]apiextensionsv1.JSON{"rawJSON": policy.JSON(`{"a": 1}`)},
			}),
		},
		registries: []kubermaticv1.AllowedRegistry{registry},
		clusters:   []kubermaticv1.Cluster{cluster},
	}
	for _, edition := range []fleet.Edition{fleet.Enterprise, fleet.Community} {
		t.Run(string(edition), func(t *testing.T) {
			from := want
			from.edition = edition
			if edition == fleet.Community {
				from.registries = nil
			}
			files, warnings, err := plan(t.Context(), from, nil)
			if err != nil {
				t.Fatalf("%v, %q", err, warnings)
			}
			dir := t.TempDir()
			if _, err := write(t.Context(), dir, files); err != nil {
				t.Fatal(err)
			}
			got := readBack(t, dir)
			if diff := cmp.Diff(from.templates, got.templates); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(byPath(from.constraints), byPath(got.constraints)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(from.registries, got.registries); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func byPath(constraints []kubermaticv1.Constraint) map[string]kubermaticv1.Constraint {
	all := map[string]kubermaticv1.Constraint{}
	for _, constraint := range constraints {
		all[constraint.Namespace+"/"+constraint.Name] = constraint
	}
	return all
}

// readBack reads an exported directory as an import would.
func readBack(t *testing.T, dir string) stock {
	t.Helper()
	documents, err := manifest.LoadExported([]string{dir}, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := stock{}
	for _, document := range documents {
		object := document.Object()
		if object.GetKind() == kubermaticv1.KindConstraintTemplate {
			template, _, err := policy.ImportTemplate(object)
			if err != nil {
				t.Fatal(err)
			}
			got.templates = append(got.templates, *template)
			continue
		}
		imported, _, err := policy.ImportConstraint(object)
		if err != nil {
			t.Fatal(err)
		}
		got.constraints = append(got.constraints, *imported)
		registries, err := imagepolicy.ImportRegistries(object)
		if err != nil {
			t.Fatal(err)
		}
		for _, registry := range registries {
			got.registries = append(got.registries, *registry)
		}
	}
	return got
}

package fleet_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
)

// onCluster is what KKP makes of template(kind) or constraint(kind, name).
func onCluster(kind, name string) *unstructured.Unstructured {
	spec := map[string]any{"match": map[string]any{"labelSelector": map[string]any{}}}
	if kind == "ConstraintTemplate" {
		spec = map[string]any{"crd": map[string]any{"spec": map[string]any{"names": map[string]any{"kind": name}}}}
	}
	return installed(kind, name, spec, nil, nil)
}

func edited(object *unstructured.Unstructured) *unstructured.Unstructured {
	_ = unstructured.SetNestedField(object.Object, "x", "spec", "enforcementAction")
	return object
}

func TestCompare(t *testing.T) {
	onlyGCP := &kubermaticv1.ClusterSelector{Providers: []string{"gcp"}}
	of := func(kind, name string, change func(*kubermaticv1.Constraint)) kubermaticv1.Constraint {
		return constraint("cluster-a", name, func(c *kubermaticv1.Constraint) {
			c.Spec.ConstraintType = kind
			if change != nil {
				change(c)
			}
		})
	}
	off := func(c *kubermaticv1.Constraint) { c.Spec.Disabled = true }
	gone := template("Going", nil)
	gone.DeletionTimestamp = &metav1.Time{}
	broken := of("K", "broken", nil)
	broken.Spec.Parameters = map[string]apiextensionsv1.JSON{"rawJSON": {Raw: []byte("1")}}
	seed := fleet.Seed{
		Templates: []kubermaticv1.ConstraintTemplate{template("K", nil), template("New", nil), template("Elsewhere", onlyGCP), gone, template("Edited", nil)},
		Constraints: []kubermaticv1.Constraint{
			of("K", "same", nil), of("K", "edited", nil), of("K", "lost", nil), of("None", "lost", nil), of("K", "off", off), of("K", "going", going),
			of("K", "moved", nil), broken, constraint("cluster-b", "theirs", nil), constraint("kubermatic", "default", nil),
		},
		Edition: fleet.Enterprise,
	}
	templates := []*unstructured.Unstructured{
		onCluster("ConstraintTemplate", "K"), onCluster("ConstraintTemplate", "Elsewhere"), onCluster("ConstraintTemplate", "Going"),
		edited(onCluster("ConstraintTemplate", "Edited")), onCluster("ConstraintTemplate", "Hand"),
	}
	constraints := []*unstructured.Unstructured{
		onCluster("K", "same"), edited(onCluster("K", "edited")), onCluster("K", "off"), onCluster("K", "going"), onCluster("Old", "moved"),
		onCluster("K", "broken"), onCluster("K", "theirs"), onCluster("Hand", "mine"), onCluster("K", "default"),
	}
	a := cluster("a", nil)
	got := fleet.Compare(&a, seed, templates, constraints)
	want := fleet.Installed{
		Templates: &fleet.Origin{
			InSync: []string{"K"}, Drifted: []string{"Edited"}, Missing: []string{"New"},
			Leftover: []string{"Elsewhere", "Going"}, ByHand: []string{"Hand"},
		},
		Constraints: &fleet.Origin{
			InSync: []string{"K/same"}, Drifted: []string{"K/broken", "K/edited"}, Missing: []string{"K/lost", "K/moved", "None/lost"},
			Leftover: []string{"K/going", "K/off", "Old/moved"}, ByHand: []string{"Hand/mine", "K/default", "K/theirs"},
		},
		Pending: []string{
			"cluster a: template New is not on it yet", "cluster a: template Edited is another one there",
			"cluster a: constraint K/lost is not on it yet", "cluster a: constraint K/moved is not on it yet",
			"cluster a: constraint K/broken is another one there", "cluster a: constraint K/edited is another one there",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}

	// The Community Edition does not mind disabled and selectors.
	seed.Edition = fleet.Community
	got = fleet.Compare(&a, seed, templates, constraints)
	if diff := cmp.Diff([]string{"Going"}, got.Templates.Leftover); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"K/off", "K/same"}, got.Constraints.InSync); diff != "" {
		t.Error(diff)
	}
}

func TestCompareUnreadable(t *testing.T) {
	a := cluster("a", nil)
	got := fleet.Compare(&a, fleet.Seed{}, nil, nil)
	if diff := cmp.Diff(fleet.Installed{Pending: []string{}}, got); diff != "" {
		t.Error(diff)
	}
}

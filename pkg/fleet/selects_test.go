package fleet_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
)

// TestSelects wants a selector to count by edition, and a cluster's state not
// to count.
func TestSelects(t *testing.T) {
	selector := &kubermaticv1.ClusterSelector{
		Providers:     []string{"aws", "gcp"},
		LabelSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"filtered": "true"}},
	}
	all := clusters()
	for edition, want := range map[fleet.Edition][]string{
		fleet.Community:  {},
		fleet.Enterprise: {"a-provider", "b-label"},
		fleet.Unknown:    {"a-provider", "b-label"},
	} {
		left := []string{}
		for i := range all {
			selected, err := fleet.Selects(selector, &all[i], edition)
			if err != nil {
				t.Fatal(err)
			}
			if !selected {
				left = append(left, all[i].Name)
			}
			if everywhere, err := fleet.Selects(nil, &all[i], edition); !everywhere || err != nil {
				t.Errorf("%s: no selector: %v, %v", all[i].Name, everywhere, err)
			}
		}
		if diff := cmp.Diff(want, left); diff != "" {
			t.Errorf("edition %q: %s", edition, diff)
		}
	}
}

func TestState(t *testing.T) {
	got := map[string]fleet.Reach{}
	all := clusters()
	for i := range all {
		if state := fleet.State(&all[i]); state != fleet.Reached {
			got[all[i].Name] = state
		}
	}
	want := map[string]fleet.Reach{
		"c-deleting": fleet.Deleting, "d-no-namespace": fleet.NoNamespace, "e-paused": fleet.Paused,
		"f-off": fleet.OPAOff, "g-never": fleet.OPAOff,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

package policy_test

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// TestSelective holds that a selector as KKP's dialogs leave it, empty, leaves
// no cluster out.
func TestSelective(t *testing.T) {
	labels := func(s metav1.LabelSelector) *kubermaticv1.ClusterSelector {
		return &kubermaticv1.ClusterSelector{LabelSelector: &s}
	}
	for name, tc := range map[string]struct {
		selector *kubermaticv1.ClusterSelector
		want     bool
	}{
		"none":            {nil, false},
		"empty":           {&kubermaticv1.ClusterSelector{}, false},
		"of empty labels": {labels(metav1.LabelSelector{MatchLabels: map[string]string{}}), false},
		"providers":       {&kubermaticv1.ClusterSelector{Providers: []string{"aws"}}, true},
		"labels":          {labels(metav1.LabelSelector{MatchLabels: map[string]string{"a": "b"}}), true},
		"expressions":     {labels(metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "a", Operator: "Exists"}}}), true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := policy.Selective(tc.selector); got != tc.want {
				t.Errorf("want %t, found %t", tc.want, got)
			}
		})
	}
}

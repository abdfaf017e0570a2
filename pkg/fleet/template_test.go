package fleet_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
)

func TestMindTemplate(t *testing.T) {
	gcp := cluster("g", func(c *kubermaticv1.Cluster) { c.Spec.Cloud = kubermaticv1.Cloud{"gcp": {Raw: []byte("{}")}} })
	clusters := []kubermaticv1.Cluster{
		cluster("a", nil), gcp,
		cluster("p", func(c *kubermaticv1.Cluster) { c.Spec.Pause = true }),
	}
	template := kubermaticv1.ConstraintTemplate{}
	template.Spec.CRD.Spec.Names.Kind = "A"
	template.Spec.Selector = &kubermaticv1.ClusterSelector{Providers: []string{"aws"}}
	for name, tc := range map[string]struct {
		kind    string
		edition fleet.Edition
		want    []fleet.Reach
	}{
		"on aws only":                    {"A", fleet.Enterprise, []fleet.Reach{fleet.Reached, fleet.TemplateElsewhere, fleet.Paused}},
		"everywhere, edition unselected": {"A", fleet.Community, []fleet.Reach{fleet.Reached, fleet.Reached, fleet.Paused}},
		"no such kind":                   {"a", fleet.Enterprise, []fleet.Reach{fleet.NoTemplate, fleet.NoTemplate, fleet.Paused}},
	} {
		t.Run(name, func(t *testing.T) {
			targets, err := fleet.Targets(&kubermaticv1.Constraint{}, clusters, tc.edition)
			if err != nil {
				t.Fatal(err)
			}
			if err := fleet.MindTemplate(targets, tc.kind, []kubermaticv1.ConstraintTemplate{template}, clusters, tc.edition); err != nil {
				t.Fatal(err)
			}
			got := []fleet.Reach{}
			for _, target := range targets {
				got = append(got, target.Reach)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

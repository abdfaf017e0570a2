package fleet_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
)

// cluster is one that is reached; change spoils it.
func cluster(id string, change func(*kubermaticv1.Cluster)) kubermaticv1.Cluster {
	c := kubermaticv1.Cluster{}
	c.Name = id
	c.Labels = map[string]string{"filtered": "true"}
	c.Spec.HumanReadableName = "name-" + id
	c.Spec.Cloud = kubermaticv1.Cloud{"providerName": {Raw: []byte(`"gcp"`)}, "aws": {Raw: []byte(`{}`)}}
	c.Spec.OPAIntegration = &kubermaticv1.OPAIntegration{Enabled: true}
	c.Status.NamespaceName = "cluster-" + id
	if change != nil {
		change(&c)
	}
	return c
}

func clusters() []kubermaticv1.Cluster {
	now := metav1.Now()
	return []kubermaticv1.Cluster{
		cluster("z-reached", nil),
		cluster("a-provider", func(c *kubermaticv1.Cluster) { c.Spec.Cloud = kubermaticv1.Cloud{"hetzner": {Raw: []byte(`{}`)}} }),
		cluster("b-label", func(c *kubermaticv1.Cluster) { c.Labels = nil }),
		cluster("c-deleting", func(c *kubermaticv1.Cluster) { c.DeletionTimestamp = &now }),
		cluster("d-no-namespace", func(c *kubermaticv1.Cluster) { c.Status.NamespaceName = "" }),
		cluster("e-paused", func(c *kubermaticv1.Cluster) { c.Spec.Pause = true }),
		cluster("f-off", func(c *kubermaticv1.Cluster) { c.Spec.OPAIntegration.Enabled = false }),
		cluster("g-never", func(c *kubermaticv1.Cluster) { c.Spec.OPAIntegration = nil }),
		cluster("h-name-only", func(c *kubermaticv1.Cluster) {
			c.Spec.Cloud = kubermaticv1.Cloud{"providerName": {Raw: []byte(`"gcp"`)}, "dc": {Raw: []byte(`"x"`)}}
		}),
	}
}

func TestTargets(t *testing.T) {
	filtered := kubermaticv1.ConstraintSpec{Selector: &kubermaticv1.ClusterSelector{
		Providers:     []string{"aws", "gcp"},
		LabelSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"filtered": "true"}},
	}}
	disabled := kubermaticv1.ConstraintSpec{Disabled: true}
	states := map[string]fleet.Reach{
		"c-deleting": fleet.Deleting, "d-no-namespace": fleet.NoNamespace, "e-paused": fleet.Paused,
		"f-off": fleet.OPAOff, "g-never": fleet.OPAOff,
	}
	for name, tc := range map[string]struct {
		spec    kubermaticv1.ConstraintSpec
		edition fleet.Edition
		want    map[string]fleet.Reach
	}{
		"all":                   {kubermaticv1.ConstraintSpec{}, fleet.Enterprise, states},
		"filtered":              {filtered, fleet.Enterprise, with(states, "a-provider", fleet.FilteredByProvider, "b-label", fleet.FilteredByLabel)},
		"unknown":               {filtered, fleet.Unknown, with(states, "a-provider", fleet.FilteredByProvider, "b-label", fleet.FilteredByLabel)},
		"community":             {filtered, fleet.Community, states},
		"disabled on community": {disabled, fleet.Community, states},
		"empty selector":        {kubermaticv1.ConstraintSpec{Selector: &kubermaticv1.ClusterSelector{LabelSelector: &metav1.LabelSelector{}}}, fleet.Enterprise, states},
	} {
		t.Run(name, func(t *testing.T) {
			targets, err := fleet.Targets(&kubermaticv1.Constraint{Spec: tc.spec}, clusters(), tc.edition)
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]fleet.Reach{}
			for _, target := range targets {
				if target.Reach != fleet.Reached {
					got[target.Cluster] = target.Reach
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func with(base map[string]fleet.Reach, more ...any) map[string]fleet.Reach {
	all := map[string]fleet.Reach{}
	for id, reach := range base {
		all[id] = reach
	}
	for i := 0; i < len(more); i += 2 {
		all[more[i].(string)] = more[i+1].(fleet.Reach)
	}
	return all
}

func TestTargetsAreWholeAndSorted(t *testing.T) {
	twin := cluster("a", func(c *kubermaticv1.Cluster) { c.Spec.HumanReadableName = "same" })
	other := cluster("b", func(c *kubermaticv1.Cluster) { c.Spec.HumanReadableName = "same"; c.Spec.Cloud = nil })
	got, err := fleet.Targets(&kubermaticv1.Constraint{Spec: kubermaticv1.ConstraintSpec{Disabled: true}},
		[]kubermaticv1.Cluster{other, cluster("z", nil), twin}, fleet.Enterprise)
	if err != nil {
		t.Fatal(err)
	}
	want := []fleet.Target{
		{Cluster: "z", Name: "name-z", Provider: "aws", Namespace: "cluster-z", Reach: fleet.Disabled},
		{Cluster: "a", Name: "same", Provider: "aws", Namespace: "cluster-a", Reach: fleet.Disabled},
		{Cluster: "b", Name: "same", Provider: "", Namespace: "cluster-b", Reach: fleet.Disabled},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTargetsRefusesABrokenSelector(t *testing.T) {
	_, err := fleet.Targets(&kubermaticv1.Constraint{Spec: kubermaticv1.ConstraintSpec{Selector: &kubermaticv1.ClusterSelector{
		LabelSelector: &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "a", Operator: "Is"}}},
	}}}, nil, fleet.Enterprise)
	if err == nil || err.Error() != `spec.selector.labelSelector: "Is" is not a valid label selector operator` {
		t.Errorf("error %v", err)
	}
}

func TestFind(t *testing.T) {
	all := []kubermaticv1.Cluster{
		cluster("a", func(c *kubermaticv1.Cluster) { c.Spec.HumanReadableName = "b" }),
		cluster("b", nil),
		cluster("c", func(c *kubermaticv1.Cluster) { c.Spec.HumanReadableName = "twin" }),
		cluster("d", func(c *kubermaticv1.Cluster) { c.Spec.HumanReadableName = "twin" }),
	}
	for name, want := range map[string]string{"a": "a", "b": "b", "name-b": "b"} {
		found, err := fleet.Find(all, name)
		if err != nil || found.Name != want {
			t.Errorf("Find(%s) = %v, %v, want %s", name, found, err, want)
		}
	}
	_, err := fleet.Find(all, "twin")
	if !errors.Is(err, fleet.ErrAmbiguous) || !cmp.Equal(advice.Next(err), []string{"give the ID: c, d"}) {
		t.Errorf("twin: %v, %v", err, advice.Next(err))
	}
	_, err = fleet.Find(all, "x")
	if !errors.Is(err, fleet.ErrNoCluster) || !cmp.Equal(advice.Next(err), []string{"there are: a (b), b (name-b), c (twin), d (twin)"}) {
		t.Errorf("x: %v, %v", err, advice.Next(err))
	}
	_, err = fleet.Find(nil, "x")
	if want := []string{"there are no user clusters on this seed; choose another seed with --context"}; !cmp.Equal(advice.Next(err), want) {
		t.Errorf("none: %v", advice.Next(err))
	}
}

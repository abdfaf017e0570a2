package enable

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
)

func TestFound(t *testing.T) {
	of := func(name, kind string, disabled bool) kubermaticv1.Constraint {
		c := kubermaticv1.Constraint{Spec: kubermaticv1.ConstraintSpec{ConstraintType: kind, Disabled: disabled}}
		c.Namespace, c.Name = "cluster-abc", name
		return c
	}
	cluster := &cli.UserCluster{Seed: &cli.Seed{}}
	cluster.Cluster.Name, cluster.Cluster.Status.NamespaceName = "abc", "cluster-abc"
	changed := onCluster("constraints.gatekeeper.sh/v1beta1", "K", "", "changed")
	_ = unstructured.SetNestedField(changed.Object, "warn", "spec", "enforcementAction")
	there := contents{cluster: cluster, seen: true, objects: append(objects(), changed, onCluster("constraints.gatekeeper.sh/v1beta1", "K", "", "off"))}
	seed := fleet.Seed{
		Templates:   []kubermaticv1.ConstraintTemplate{},
		Constraints: []kubermaticv1.Constraint{of("a.b", "K", false), of("changed", "K", false), of("off", "K", true)},
	}
	want := []string{
		"  constraint K/a.b",
		"  constraint K/changed (changed here: KKP brings back its own)",
		"  made by hand, lost unless backed up (--backup):",
		"    template k",
		"    constraint L/a.b (KKP made it, and does not want it here any more)",
		"    constraint K/off (KKP made it, and does not want it here any more)",
		"    config gatekeeper-system/config",
		"    assignimage tag",
	}
	c := newChange(nil)
	if diff := cmp.Diff(want, c.found(there, seed)); diff != "" {
		t.Error(diff)
	}
	c.backup = "before"
	if got := c.found(there, seed)[2]; got != "  made by hand, and then in the backup alone:" {
		t.Errorf("with a backup: %q", got)
	}
	if diff := cmp.Diff([]string{"  no policies: there are none"}, c.found(contents{cluster: cluster, seen: true}, seed)); diff != "" {
		t.Error(diff)
	}
	// Nothing is known of KKP's own objects: nothing counts as coming back.
	if kept, lost := split(there, fleet.Seed{}); len(kept) > 0 || len(lost) != len(there.objects) {
		t.Errorf("comes back: %v, does not: %v", kept, lost)
	}
}

func TestDescribe(t *testing.T) {
	absent := platform.Component{Health: platform.Absent}
	for want, installation := range map[string]platform.Installation{
		"this cluster has only the definitions of Gatekeeper 3.12": {
			Version: "3.12", Controller: absent, Audit: absent, Webhook: platform.Webhook{Health: platform.Absent},
		},
		"this cluster has Gatekeeper of an unknown version (controller up, audit absent, webhook unknown)": {
			Controller: platform.Component{Health: platform.Up}, Audit: absent, Webhook: platform.Webhook{Health: platform.Unknown},
		},
	} {
		if got := describe(installation); got != want {
			t.Errorf("want %q, found %q", want, got)
		}
	}
}

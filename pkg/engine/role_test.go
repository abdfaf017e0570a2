package engine

import (
	"slices"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func TestRoleOf(t *testing.T) {
	for _, tc := range []struct {
		version, kind string
		want          Role
	}{
		{"v1", "ConfigMap", Plain},
		{"v1", "Namespace", Namespace},
		{"example.com/v1", "Namespace", Plain},
		{"templates.gatekeeper.sh/v1", "ConstraintTemplate", Template},
		{"templates.gatekeeper.sh/v1beta1", "ConstraintTemplate", Template},
		{"templates.gatekeeper.sh/v1alpha1", "ConstraintTemplate", Template},
		{"templates.gatekeeper.sh/v1", "constrainttemplate", Other},
		{"constraints.gatekeeper.sh/v1beta1", "Anything", Constraint},
		{"config.gatekeeper.sh/v1alpha1", "Config", Config},
		{"config.gatekeeper.sh/v1alpha1", "SyncSet", Other},
		{"syncset.gatekeeper.sh/v1alpha1", "SyncSet", SyncSet},
		{"expansion.gatekeeper.sh/v1beta1", "ExpansionTemplate", Expansion},
		{"mutations.gatekeeper.sh/v1", "Assign", Mutator},
		{"mutations.gatekeeper.sh/v1", "AssignMetadata", Mutator},
		{"mutations.gatekeeper.sh/v1", "ModifySet", Mutator},
		{"mutations.gatekeeper.sh/v1alpha1", "AssignImage", Mutator},
		{"mutations.gatekeeper.sh/v1", "AssignX", Other},
		{"externaldata.gatekeeper.sh/v1beta1", "Provider", Other},
		{"status.gatekeeper.sh/v1beta1", "ConstraintPodStatus", Plain},
		{"test.gatekeeper.sh/v1alpha1", "Suite", Plain},
		{"kubermatic.k8c.io/v1", "ConstraintTemplate", Plain},
		{"", "", Plain},
	} {
		object := &unstructured.Unstructured{Object: map[string]any{"apiVersion": tc.version, "kind": tc.kind}}
		if got := RoleOf(object); got != tc.want {
			t.Errorf("%s %s: want %d, found %d", tc.version, tc.kind, tc.want, got)
		}
		if role := RoleOf(object); role != Plain && !slices.Contains(Roles, role) {
			t.Errorf("%s %s: its role is not in the order", tc.version, tc.kind)
		}
	}
	if slices.Index(Roles, Template) > slices.Index(Roles, Constraint) {
		t.Error("constraints come before their templates")
	}
}

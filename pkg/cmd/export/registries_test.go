package export

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/imagepolicy"
)

// TestMakeRegistries wants the policy that KKP makes of registries, whatever
// of it is there, with what an admin added to it.
func TestMakeRegistries(t *testing.T) {
	quay := kubermaticv1.AllowedRegistry{Spec: kubermaticv1.AllowedRegistrySpec{RegistryPrefix: "quay.io/"}}
	quay.Name = "quay"
	made := *imagepolicy.KKPConstraint([]string{"quay.io/"}, nil)
	old := *imagepolicy.KKPConstraint([]string{"old.io/"}, nil)
	old.Labels = map[string]string{"team": "a"}
	old.Spec.EnforcementAction = "warn"
	renewed := old
	renewed.Spec = imagepolicy.KKPConstraint([]string{"quay.io/"}, &old).Spec
	const outdated = "Default Constraint allowedregistry is not what KKP makes of the AllowedRegistries: it is exported as KKP will make it"
	for name, tc := range map[string]struct {
		in       []kubermaticv1.Constraint
		want     []kubermaticv1.Constraint
		warnings []string
	}{
		"not there": {nil, []kubermaticv1.Constraint{made}, nil},
		"there":     {[]kubermaticv1.Constraint{made}, []kubermaticv1.Constraint{made}, nil},
		"outdated":  {[]kubermaticv1.Constraint{old}, []kubermaticv1.Constraint{renewed}, []string{outdated}},
	} {
		t.Run(name, func(t *testing.T) {
			s := stock{constraints: tc.in, registries: []kubermaticv1.AllowedRegistry{quay}, edition: fleet.Unknown}
			if diff := cmp.Diff(tc.warnings, s.makeRegistries()); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tc.want, s.constraints); diff != "" {
				t.Error(diff)
			}
			if len(s.templates) != 1 || s.templates[0].Name != "allowedregistry" {
				t.Errorf("templates %v", s.templates)
			}
		})
	}
	none := stock{constraints: []kubermaticv1.Constraint{old}}
	if warnings := none.makeRegistries(); len(warnings)+len(none.templates) != 0 || !cmp.Equal(none.constraints, []kubermaticv1.Constraint{old}) {
		t.Errorf("without registries: %q, %v", warnings, none)
	}
}

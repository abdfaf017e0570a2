package export

import (
	"reflect"
	"slices"
	"strings"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/imagepolicy"
)

// makeRegistries puts into the stock what KKP makes of the registries, where
// it is not there yet: in manifests it never is. The Community Edition makes
// nothing of them. It returns warnings.
func (s *stock) makeRegistries() []string {
	if len(s.registries) == 0 {
		return nil
	}
	names, prefixes := []string{}, []string{}
	for i := range s.registries {
		names = append(names, s.registries[i].Name)
		prefixes = append(prefixes, s.registries[i].Spec.RegistryPrefix)
	}
	if s.edition == fleet.Community {
		slices.Sort(names)
		s.registries = nil
		return []string{"KKP's Community Edition makes nothing of AllowedRegistries, they are left out: " + strings.Join(names, ", ")}
	}
	if !slices.ContainsFunc(s.templates, func(t kubermaticv1.ConstraintTemplate) bool { return t.Name == kubermaticv1.AllowedRegistryName }) {
		s.templates = append(s.templates, *imagepolicy.KKPTemplate())
	}
	at := slices.IndexFunc(s.constraints, isRegistryDefault)
	if at < 0 {
		s.constraints = append(s.constraints, *imagepolicy.KKPConstraint(prefixes, nil))
		return nil
	}
	existing := &s.constraints[at]
	spec := imagepolicy.KKPConstraint(prefixes, existing).Spec
	if reflect.DeepEqual(spec, existing.Spec) {
		return nil
	}
	existing.Spec = spec
	return []string{"Default Constraint " + kubermaticv1.AllowedRegistryName +
		" is not what KKP makes of the AllowedRegistries: it is exported as KKP will make it"}
}

// isRegistryDefault tells whether a constraint is the one that KKP makes of
// the registries.
func isRegistryDefault(constraint kubermaticv1.Constraint) bool {
	return constraint.Namespace == kubermaticv1.Namespace && constraint.Name == kubermaticv1.AllowedRegistryName
}

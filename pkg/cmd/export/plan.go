package export

import (
	"context"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// plan says which files an export makes, of all policies or, with a cluster,
// of those that it gets. The warnings are for the user.
func plan(ctx context.Context, s stock, cluster *kubermaticv1.Cluster) ([]file, []string, error) {
	warnings := append(s.dropDeleting(), s.makeRegistries()...)
	c := chooseAll(s)
	if cluster != nil {
		var err error
		if c, err = chooseFor(s, cluster); err != nil {
			return nil, warnings, err
		}
	}
	warnings = append(warnings, c.warnings...)
	if s.edition == fleet.Community && slices.ContainsFunc(c.constraints, wantsEnterprise) {
		warnings = append(warnings, "KKP's Community Edition ignores selector and disabled of constraints: all are exported as active")
	}
	templates, more, err := templateFiles(ctx, s, c)
	warnings = append(warnings, more...)
	if err != nil {
		return nil, warnings, err
	}
	constraints, more, err := constraintFiles(s, c)
	warnings = append(warnings, more...)
	return append(templates, constraints...), warnings, err
}

// wantsEnterprise tells whether the Community Edition takes a constraint for
// something else.
func wantsEnterprise(p placed) bool {
	return p.Spec.Disabled || policy.Selective(p.Spec.Selector)
}

// dropDeleting takes out what is on its way out.
func (s *stock) dropDeleting() []string {
	warnings := []string{}
	deleting := func(kind string, meta metav1.ObjectMeta) bool {
		if meta.DeletionTimestamp != nil {
			warnings = append(warnings, fmt.Sprintf("%s %q is left out: it is being deleted", kind, strings.TrimPrefix(meta.Namespace+"/"+meta.Name, "/")))
		}
		return meta.DeletionTimestamp != nil
	}
	s.templates = slices.DeleteFunc(s.templates, func(t kubermaticv1.ConstraintTemplate) bool { return deleting("template", t.ObjectMeta) })
	s.constraints = slices.DeleteFunc(s.constraints, func(c kubermaticv1.Constraint) bool { return deleting("constraint", c.ObjectMeta) })
	s.registries = slices.DeleteFunc(s.registries, func(r kubermaticv1.AllowedRegistry) bool { return deleting("registry", r.ObjectMeta) })
	return warnings
}

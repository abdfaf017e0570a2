package kkp

import (
	"context"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
)

// constraintsOf says which constraints go with their templates, by cluster.
func constraintsOf(ctx context.Context, live *object.Live, templates []*unstructured.Unstructured) ([]string, error) {
	lines := []string{}
	for _, template := range templates {
		more, err := constraintsOfOne(ctx, live, template)
		if err != nil {
			return nil, err
		}
		lines = append(lines, more...)
	}
	return lines, nil
}

func constraintsOfOne(ctx context.Context, live *object.Live, template *unstructured.Unstructured) ([]string, error) {
	constraints, err := constraintsOfKind(ctx, live, template)
	if err != nil || len(constraints) == 0 {
		return nil, err
	}
	clusters, err := live.Clusters(ctx)
	if err != nil && !live.Unreadable(err, "cannot name the user clusters of the constraints") {
		return nil, err
	}
	lines := []string{fmt.Sprintf("With template %s these constraints go, on all user clusters:", template.GetName())}
	for i := range constraints {
		lines = append(lines, "  "+describe(&constraints[i], clusters))
	}
	return lines, nil
}

// describe names a constraint, and the clusters where it is.
func describe(constraint *kubermaticv1.Constraint, clusters []kubermaticv1.Cluster) string {
	text := fmt.Sprintf("%s/%s", constraint.Namespace, constraint.Name)
	if constraint.Namespace == kubermaticv1.Namespace {
		return text + " (Default Constraint)"
	}
	details := []string{}
	if cluster := fleet.OfNamespace(clusters, constraint.Namespace); cluster != nil {
		details = append(details, "cluster "+cluster.Spec.HumanReadableName)
	}
	if name, isCopy := constraint.Labels[kubermaticv1.DefaultLabel]; isCopy {
		details = append(details, "copy of default "+name)
	}
	if len(details) == 0 {
		return text
	}
	return text + " (" + strings.Join(details, ", ") + ")"
}

// constraintsOfKind returns all constraints of a template: Default Constraints
// first, as KKP would put their copies back. Where they may not be read there
// is a warning, and none.
func constraintsOfKind(ctx context.Context, live *object.Live, template *unstructured.Unstructured) ([]kubermaticv1.Constraint, error) {
	kind, _, _ := unstructured.NestedString(template.Object, "spec", "crd", "spec", "names", "kind")
	all, err := live.Constraints(ctx)
	if live.Unreadable(err, "cannot tell which constraints go with templates; they are not deleted first, and can hang later") {
		return nil, nil
	}
	defaults, others := []kubermaticv1.Constraint{}, []kubermaticv1.Constraint{}
	for i := range all {
		switch {
		case all[i].Spec.ConstraintType != kind:
		case all[i].Namespace == kubermaticv1.Namespace:
			defaults = append(defaults, all[i])
		default:
			others = append(others, all[i])
		}
	}
	return append(defaults, others...), err
}

// dependentsOf are the constraints of a template: KKP cannot remove them once
// their kind is gone from the user clusters, and they would hang.
func dependentsOf(ctx context.Context, live *object.Live, template *unstructured.Unstructured) ([]object.Dependent, error) {
	constraints, err := constraintsOfKind(ctx, live, template)
	dependents := []object.Dependent{}
	for i := range constraints {
		dependents = append(dependents, object.Dependent{
			Place: platform.Place{GroupVersionResource: kubermaticv1.Constraints, Namespace: constraints[i].Namespace},
			Name:  constraints[i].Name,
		})
	}
	return dependents, err
}

package kkp

import (
	"context"
	"fmt"
	"reflect"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// takenOver names the constraints of user clusters that KKP takes over for a
// Default Constraint of the same name, where it did not do so before.
func takenOver(ctx context.Context, live *object.Live, before, item *unstructured.Unstructured) ([]string, error) {
	if before != nil && reflect.DeepEqual(selectorOf(before), selectorOf(item)) {
		return nil, nil
	}
	targets, constraints, err := reach(ctx, live, item, "cannot tell which constraints of user clusters are taken over")
	if err != nil || targets == nil {
		return nil, err
	}
	already, err := selectedBefore(ctx, live, before)
	if err != nil {
		return nil, err
	}
	lines := []string{}
	for _, target := range targets {
		own := named(constraints, target.Namespace, item.GetName())
		if own == nil || !target.Reach.Selected() || fleet.IsCopy(own) || already[target.Cluster] {
			continue
		}
		lines = append(lines, fmt.Sprintf("  %s/%s (%s) of cluster %s", own.Namespace, own.Name, own.Spec.ConstraintType, target.Title()))
	}
	if len(lines) == 0 {
		return nil, nil
	}
	return append([]string{fmt.Sprintf(
		"KKP puts Default Constraint %s in the place of these constraints of user clusters, and deletes them with it later:", item.GetName())}, lines...), nil
}

// selectedBefore are the clusters that a Default Constraint is for as it is.
func selectedBefore(ctx context.Context, live *object.Live, before *unstructured.Unstructured) (map[string]bool, error) {
	selected := map[string]bool{}
	if before == nil {
		return selected, nil
	}
	constraint, err := platform.Read[kubermaticv1.Constraint](before)
	if err != nil {
		return nil, err
	}
	clusters, err := live.Clusters(ctx)
	if err != nil {
		return nil, err
	}
	// With a broken selector it is for none.
	targets, _ := whom(ctx, live, constraint, clusters)
	for _, target := range targets {
		selected[target.Cluster] = target.Reach.Selected()
	}
	return selected, nil
}

// losers names the clusters that lose Default Constraints, and those on which
// KKP leaves its copy.
func losers(ctx context.Context, live *object.Live, items []*unstructured.Unstructured) ([]string, error) {
	lines := []string{}
	for _, item := range items {
		targets, constraints, err := reach(ctx, live, item, "cannot tell all of what user clusters lose, and what stays there")
		if err != nil {
			return nil, err
		}
		lines = append(lines, losersOf(item.GetName(), targets, constraints)...)
	}
	return lines, nil
}

func losersOf(name string, targets []fleet.Target, constraints []kubermaticv1.Constraint) []string {
	lost, kept := []string{}, []string{}
	for _, target := range targets {
		found := named(constraints, target.Namespace, name)
		switch {
		case target.Reach == fleet.Reached:
			lost = append(lost, "  "+target.Title())
		case target.Reach.Sleeping() && found != nil && fleet.IsCopy(found):
			kept = append(kept, fmt.Sprintf("  %s (%s)", target.Title(), target.Reach))
		}
	}
	lines := []string{}
	if len(lost) > 0 {
		lines = append(append(lines, fmt.Sprintf("These user clusters lose %s:", name)), lost...)
	}
	if len(kept) > 0 {
		lines = append(append(lines, fmt.Sprintf(
			"KKP leaves its copy of %s on these user clusters, and it applies again when KKP goes on with them:", name)), kept...)
	}
	return lines
}

// reach reads whom a Default Constraint reaches, and all constraints. Where
// they cannot be told there is a warning of what is unknown then, and no target.
func reach(ctx context.Context, live *object.Live, item *unstructured.Unstructured, unknown string) ([]fleet.Target, []kubermaticv1.Constraint, error) {
	constraint, err := platform.Read[kubermaticv1.Constraint](item)
	if err != nil {
		return nil, nil, err
	}
	clusters, err := live.Clusters(ctx)
	if err != nil {
		if live.Unreadable(err, unknown) {
			return nil, nil, nil
		}
		return nil, nil, err
	}
	constraints, err := live.Constraints(ctx)
	if err != nil && !live.Unreadable(err, unknown) {
		return nil, nil, err
	}
	targets, err := whom(ctx, live, constraint, clusters)
	if err != nil {
		live.Warn(fmt.Sprintf("KKP cannot tell which user clusters Default Constraint %s is for: %v", item.GetName(), err))
		return nil, nil, nil
	}
	return targets, constraints, nil
}

// whom says which of the clusters a Default Constraint reaches. The error says
// what is wrong with its selector.
func whom(ctx context.Context, live *object.Live, constraint *kubermaticv1.Constraint, clusters []kubermaticv1.Cluster) ([]fleet.Target, error) {
	edition := fleet.Unknown
	if policy.Selective(constraint.Spec.Selector) {
		edition = live.Edition(ctx)
	}
	// KKP keeps the copies of a disabled one, and disables them.
	active := *constraint
	active.Spec.Disabled = false
	return fleet.Targets(&active, clusters, edition)
}

func named(constraints []kubermaticv1.Constraint, namespace, name string) *kubermaticv1.Constraint {
	for i := range constraints {
		if namespace != "" && constraints[i].Namespace == namespace && constraints[i].Name == name {
			return &constraints[i]
		}
	}
	return nil
}

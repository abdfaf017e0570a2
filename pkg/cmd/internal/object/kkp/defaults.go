package kkp

import (
	"context"
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

// Defaults are the Default Constraints.
func Defaults() object.Noun {
	return object.Noun{
		Name: "default", Plural: "defaults",
		Kind: kubermaticv1.KindConstraint, Resource: kubermaticv1.Constraints,
		Namespace:    kubermaticv1.Namespace,
		Exists:       "kubectl opa default apply, or set",
		Columns:      []string{"name", "type", "enforcement", "clusters", "age"},
		Row:          defaultRow,
		Read:         readDefault,
		Check:        checkAgainstTemplates,
		Remarks:      remarkDefault,
		Takeover:     takenOver,
		Consequences: losers,
		Awaits:       "KKP has brought its copies on all user clusters of this seed up to date",
		Missing:      missingCopies,
	}
}

// readDefault also takes a cluster's copy, which the manual prints as the
// example of a Default Constraint, and makes the Default Constraint of it.
func readDefault(_ context.Context, document manifest.Document) (object.Intent, error) {
	return readConstraint(document, func(constraint *kubermaticv1.Constraint) ([]policy.Note, error) {
		name, isCopy := constraint.Labels[kubermaticv1.DefaultLabel]
		if isCopy && name == constraint.Name && constraint.Namespace != kubermaticv1.Namespace {
			delete(constraint.Labels, kubermaticv1.DefaultLabel)
			note := policy.Note{Path: []any{"metadata", "namespace"}, Text: fmt.Sprintf(
				"this is the copy for the cluster of %s: the Default Constraint itself lives in %s, without the label %s",
				constraint.Namespace, kubermaticv1.Namespace, kubermaticv1.DefaultLabel)}
			constraint.Namespace = kubermaticv1.Namespace
			return []policy.Note{note}, nil
		}
		return nil, nil
	})
}

func remarkDefault(ctx context.Context, live *object.Live, before, item *unstructured.Unstructured) []string {
	return slices.Concat(remarkDisabled(ctx, live, item), remarkSelector(ctx, live, item), remarkLeftovers(before, item))
}

// remarkSelector says what the Community Edition does not do with a template
// or a Default Constraint.
func remarkSelector(ctx context.Context, live *object.Live, item *unstructured.Unstructured) []string {
	selector, _, _ := unstructured.NestedMap(item.Object, "spec", "selector")
	if policy.EmptySelector(selector) || live.Edition(ctx) != fleet.Community {
		return nil
	}
	return []string{fmt.Sprintf("KKP's Community Edition ignores selector: %s goes to every user cluster with OPA", item.GetName())}
}

// takenOver names the constraints of user clusters that KKP takes over for a
// Default Constraint of the same name.
func takenOver(ctx context.Context, live *object.Live, item *unstructured.Unstructured) ([]string, error) {
	targets, constraints, err := reach(ctx, live, item)
	if err != nil || targets == nil {
		return nil, err
	}
	lines := []string{}
	for _, target := range targets {
		own := named(constraints, target.Namespace, item.GetName())
		if own == nil || !target.Reach.Selected() || fleet.IsCopy(own) {
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

// losers names the clusters that lose a Default Constraint, and those on which
// KKP leaves its copy.
func losers(ctx context.Context, live *object.Live, item *unstructured.Unstructured) ([]string, error) {
	targets, constraints, err := reach(ctx, live, item)
	if err != nil || targets == nil {
		return nil, err
	}
	lost, kept := []string{}, []string{}
	for _, target := range targets {
		found := named(constraints, target.Namespace, item.GetName())
		switch {
		case target.Reach == fleet.Reached:
			lost = append(lost, "  "+target.Title())
		case target.Reach.Sleeping() && found != nil && fleet.IsCopy(found):
			kept = append(kept, fmt.Sprintf("  %s (%s)", target.Title(), target.Reach))
		}
	}
	lines := []string{}
	if len(lost) > 0 {
		lines = append(append(lines, fmt.Sprintf("These user clusters lose %s:", item.GetName())), lost...)
	}
	if len(kept) > 0 {
		lines = append(append(lines, fmt.Sprintf(
			"KKP leaves its copy of %s on these user clusters, and it applies again when KKP goes on with them:", item.GetName())), kept...)
	}
	return lines, nil
}

// reach reads whom a Default Constraint reaches, and all constraints. Where
// something cannot be read there is a warning, and no target.
func reach(ctx context.Context, live *object.Live, item *unstructured.Unstructured) ([]fleet.Target, []kubermaticv1.Constraint, error) {
	unknown := "cannot tell which user clusters " + item.GetName() + " is on"
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
	constraints, err := live.Constraints(ctx, "")
	if err != nil && !live.Unreadable(err, "cannot see the constraints of the user clusters") {
		return nil, nil, err
	}
	edition := fleet.Unknown
	if constraint.Spec.Selector != nil {
		edition = live.Edition(ctx)
	}
	// KKP keeps the copies of a disabled one, and disables them.
	constraint.Spec.Disabled = false
	targets, err := fleet.Targets(constraint, clusters, edition)
	return targets, constraints, err
}

func named(constraints []kubermaticv1.Constraint, namespace, name string) *kubermaticv1.Constraint {
	for i := range constraints {
		if namespace != "" && constraints[i].Namespace == namespace && constraints[i].Name == name {
			return &constraints[i]
		}
	}
	return nil
}

func defaultRow(item *unstructured.Unstructured, now time.Time) []ui.Cell {
	constraint, _, err := policy.ReadConstraint(item)
	if err != nil {
		return []ui.Cell{ui.Text(item.GetName()), object.Unreadable(err), {}, {}, object.Age(item, now)}
	}
	return []ui.Cell{
		ui.Text(constraint.Name),
		ui.Text(constraint.Spec.ConstraintType),
		enforcement(constraint),
		ui.Text(policy.SelectorString(constraint.Spec.Selector)),
		object.Age(item, now),
	}
}

package kkp

import (
	"context"
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

// Defaults are the Default Constraints.
func Defaults() object.Noun {
	return object.Noun{
		Name: "default", Plural: "defaults",
		On:   cli.OnKKP,
		Kind: kubermaticv1.KindConstraint, Resource: kubermaticv1.Constraints,
		Namespace:    kubermaticv1.Namespace,
		Exists:       "kubectl opa default apply, or set",
		Columns:      []string{"name", "type", "enforcement", "clusters", "age"},
		Row:          defaultRow,
		Read:         readDefault,
		Check:        checkAgainstTemplates,
		Render:       renderConstraint,
		Switch:       switchConstraint,
		Remarks:      remarkDefault,
		Takeover:     takenOver,
		Consequences: losers,
		Awaits:       "KKP has brought its copies on all user clusters of this seed up to date",
		Missing:      missingCopies,
		Next:         next,
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
	if policy.EmptySelector(selectorOf(item)) || live.Edition(ctx) != fleet.Community {
		return nil
	}
	return []string{fmt.Sprintf("KKP's Community Edition ignores selector: %s goes to every user cluster with OPA", item.GetName())}
}

func selectorOf(item *unstructured.Unstructured) map[string]any {
	selector, _, _ := unstructured.NestedMap(item.Object, "spec", "selector")
	return selector
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

package kkp

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
)

// remarkConstraint says why KKP does not enforce a constraint, as it does not
// say so itself.
func remarkConstraint(ctx context.Context, live *object.Live, before, item *unstructured.Unstructured) []string {
	lines := append(remarkDisabled(ctx, live, item), remarkLeftovers(before, item)...)
	clusters, err := live.Clusters(ctx)
	if err != nil {
		if live.Unreadable(err, "cannot tell whether anything enforces constraints of user clusters") {
			return lines
		}
		return append(lines, err.Error())
	}
	cluster := fleet.OfNamespace(clusters, item.GetNamespace())
	if cluster == nil {
		return append(lines, fmt.Sprintf("no user cluster on this seed has the namespace %s: nothing enforces constraint %s",
			item.GetNamespace(), item.GetName()))
	}
	if state := fleet.State(cluster); state != fleet.Reached {
		lines = append(lines, fmt.Sprintf("constraint %s is not enforced yet on cluster %s: %s", item.GetName(), fleet.Title(cluster), state))
	}
	return lines
}

// remarkDisabled says what the Community Edition does not do.
func remarkDisabled(ctx context.Context, live *object.Live, item *unstructured.Unstructured) []string {
	disabled, _, _ := unstructured.NestedBool(item.Object, "spec", "disabled")
	if !disabled || live.Edition(ctx) != fleet.Community {
		return nil
	}
	return []string{"KKP's Community Edition ignores disabled: constraint " + item.GetName() + " is enforced all the same"}
}

// remarkLeftovers says what KKP leaves behind on the user clusters: the old
// constraint where the kind is another one, and parameters where none is left.
func remarkLeftovers(before, item *unstructured.Unstructured) []string {
	if before == nil {
		return nil
	}
	lines := []string{}
	was, _, _ := unstructured.NestedString(before.Object, "spec", "constraintType")
	is, _, _ := unstructured.NestedString(item.Object, "spec", "constraintType")
	if was != is {
		lines = append(lines, fmt.Sprintf("KKP leaves the %s %s on the user clusters, where it goes on to be enforced: delete it there", was, item.GetName()))
	}
	had, _, _ := unstructured.NestedMap(before.Object, "spec", "parameters")
	has, _, _ := unstructured.NestedMap(item.Object, "spec", "parameters")
	if len(had) > 0 && len(has) == 0 && was == is {
		lines = append(lines, fmt.Sprintf("%s has no parameters any more, but KKP leaves the old ones on the user clusters: "+
			"to be rid of them, delete it and create it again", item.GetName()))
	}
	return lines
}

package kkp

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

// installed compares KKP's constraints of a user cluster with what is there.
func installed(ctx context.Context, live *object.Live, cluster *cli.UserCluster, constraints []kubermaticv1.Constraint) (*fleet.Origin, []*unstructured.Unstructured, error) {
	templates, err := live.Templates(ctx)
	if err != nil && !live.Unreadable(err, "what templates say of the defaults of parameters is unknown") {
		return nil, nil, err
	}
	_, there, err := live.OnUserCluster(ctx, cluster)
	if err != nil {
		return nil, nil, err
	}
	seed := fleet.Seed{Constraints: constraints, Templates: templates, Edition: live.Edition(ctx)}
	return fleet.Compare(&cluster.Cluster, seed, nil, there).Constraints, there, nil
}

// constraintsOnCluster says of each of KKP's constraints whether it is on the
// user cluster, and what it finds there; and which were made there by hand.
func constraintsOnCluster(ctx context.Context, live *object.Live, cluster *cli.UserCluster, items []*unstructured.Unstructured) (*object.Sight, error) {
	constraints := []kubermaticv1.Constraint{}
	for _, item := range items {
		constraint, err := platform.Read[kubermaticv1.Constraint](item)
		if err != nil {
			return nil, err
		}
		constraints = append(constraints, *constraint)
	}
	origin, there, err := installed(ctx, live, cluster, constraints)
	if err != nil {
		return nil, err
	}
	sight := &object.Sight{Columns: []string{"on cluster", "violations"}}
	for i := range constraints {
		name := constraints[i].Spec.ConstraintType + "/" + constraints[i].Name
		sight.Cells = append(sight.Cells, []ui.Cell{standing(origin, name), found(there, name)})
	}
	for _, constraint := range there {
		name := fleet.ConstraintName(constraint)
		if !slices.Contains(origin.ByHand, name) {
			continue
		}
		sight.More = append(sight.More, []ui.Cell{
			{}, ui.Text(constraint.GetName()), ui.Text(constraint.GetKind()), ui.Text(policy.Action(constraint)),
			{Text: "by hand", Tone: ui.Warn}, {}, ui.Text("there"), found(there, name),
		})
	}
	return sight, nil
}

// standing says how a constraint stands on the user cluster.
func standing(origin *fleet.Origin, name string) ui.Cell {
	switch {
	case slices.Contains(origin.InSync, name):
		return ui.Cell{Text: "in sync", Tone: ui.Good}
	case slices.Contains(origin.Drifted, name):
		return ui.Cell{Text: "drifted", Tone: ui.Warn}
	case slices.Contains(origin.Leftover, name):
		return ui.Cell{Text: "left over", Tone: ui.Warn}
	case slices.Contains(origin.Missing, name):
		return ui.Cell{Text: "missing", Tone: ui.Bad}
	}
	return ui.Cell{Text: "-", Tone: ui.Faint}
}

// found is how many violations the audit found there.
func found(there []*unstructured.Unstructured, name string) ui.Cell {
	for _, constraint := range there {
		if total := policy.Observe(constraint).Violations; total != nil && fleet.ConstraintName(constraint) == name {
			return ui.Text(strconv.FormatInt(*total, 10))
		}
	}
	return ui.Cell{Text: "?", Tone: ui.Faint}
}

// missingOnCluster waits for a constraint to be on its user cluster as it is
// now, and for Gatekeeper to have taken it up.
func missingOnCluster(ctx context.Context, live *object.Live, item *unstructured.Unstructured) ([]string, error) {
	cluster, err := live.UserCluster(ctx, item.GetNamespace())
	if err != nil {
		return nil, err
	}
	if state := fleet.State(&cluster.Cluster); state != fleet.Reached {
		return nil, advice.Errorf("the change is made; leave --wait out", "KKP does nothing on cluster %s: %s", fleet.Title(&cluster.Cluster), state)
	}
	stored, err := live.Get(ctx, platform.Place{GroupVersionResource: kubermaticv1.Constraints, Namespace: item.GetNamespace()}, item.GetName())
	if err != nil {
		return nil, err
	}
	constraint, err := platform.Read[kubermaticv1.Constraint](stored)
	if err != nil {
		return nil, err
	}
	origin, there, err := installed(ctx, live, cluster, []kubermaticv1.Constraint{*constraint})
	if err != nil {
		return nil, blind(err)
	}
	name, on := constraint.Spec.ConstraintType+"/"+constraint.Name, " on cluster "+fleet.Title(&cluster.Cluster)
	switch {
	case slices.Contains(origin.Missing, name):
		return []string{"constraint " + name + " is not" + on}, nil
	case slices.Contains(origin.Drifted, name):
		return []string{"constraint " + name + on + " is not up to date"}, nil
	case slices.Contains(origin.Leftover, name):
		return []string{"constraint " + name + " is still" + on}, nil
	}
	for _, object := range there {
		if fleet.ConstraintName(object) == name && !policy.Observe(object).Settled() {
			return []string{fmt.Sprintf("Gatekeeper has not taken up constraint %s%s", name, on)}, nil
		}
	}
	return nil, nil
}

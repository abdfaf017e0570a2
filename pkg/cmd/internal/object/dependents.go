package object

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
)

// deleteDependents deletes what has to go first and waits until it is gone:
// KKP cannot remove it any more once the object itself is away.
func (o *changeOptions) deleteDependents(ctx context.Context, deletion deletion) ([]cli.Change, error) {
	done := []cli.Change{}
	for _, dependent := range deletion.dependents {
		object, err := o.live.Get(ctx, dependent.Place, dependent.Name)
		if err == nil {
			err = o.deleteOne(ctx, dependent.Place, dependent.Name)
		}
		if errors.Is(err, kube.ErrNotFound) {
			// KKP was faster: it deletes the copies of a Default Constraint.
			continue
		}
		if err != nil {
			return done, err
		}
		// The same name goes from many namespaces.
		outcome := kube.Deleted + kube.Outcome(" in namespace "+dependent.Place.Namespace)
		done = append(done, cli.Change{Object: object, Outcome: outcome})
	}
	if err := o.awaitGone(ctx, o.wait.Regardless(), deletion.dependents); err != nil {
		return done, err
	}
	return done, nil
}

// awaitGone waits, where that is wanted, until objects are gone.
func (o *changeOptions) awaitGone(ctx context.Context, wait *cli.Wait, objects []Dependent) error {
	if o.output.Mode != "none" {
		return nil
	}
	next := "KKP's controllers remove the finalizers: see whether they run, and whether the user cluster is paused"
	if o.On == cli.OnGatekeeper {
		next = "Gatekeeper removes what belongs to it: see whether it runs, with kubectl opa status"
	}
	return wait.Until(ctx, o.env, next,
		func(ctx context.Context) ([]string, error) {
			there := []string{}
			for _, deleted := range objects {
				object, err := o.store().Get(ctx, deleted.Place, deleted.Name)
				if errors.Is(err, kube.ErrNotFound) {
					continue
				}
				if err != nil {
					return nil, err
				}
				there = append(there, fmt.Sprintf("the removal of %s (finalizers: %s)", deleted.Place.Object(deleted.Name),
					cmp.Or(strings.Join(object.GetFinalizers(), ", "), "none")))
			}
			return there, nil
		})
}

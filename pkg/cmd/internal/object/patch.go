package object

import (
	"context"
	"errors"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
)

// runPatch changes fields of the named objects, one after the other, and goes
// on where the server refuses one.
func (o *changeOptions) runPatch(ctx context.Context, names []string, change func(*unstructured.Unstructured) error) error {
	done, err := o.patch(ctx, names, change)
	return errors.Join(o.output.Print(o.env, done), err, o.await(ctx, done, err))
}

func (o *changeOptions) patch(ctx context.Context, names []string, change func(*unstructured.Unstructured) error) ([]cli.Change, error) {
	if err := o.connect(ctx); err != nil {
		return nil, err
	}
	place, err := o.cluster.place(ctx, o.live.KKP, o.noun, o.env.GivenNamespace(), "")
	if err == nil {
		err = o.noun.single(place)
	}
	if err != nil {
		return nil, err
	}
	guarded := func(object *unstructured.Unstructured) error {
		if o.noun.Guard != nil {
			if err := o.noun.Guard(object); err != nil {
				return err
			}
		}
		return change(object)
	}
	steps, err := o.rehearse(ctx, place, names, guarded)
	if err != nil {
		return nil, err
	}
	if err := o.askTakeover(ctx, steps); err != nil {
		return nil, err
	}
	options := kube.ChangeOptions{DryRun: o.output.Server(), Preview: o.output.Client()}
	done := []cli.Change{}
	failed := []error{}
	for _, name := range names {
		var before *unstructured.Unstructured
		object, outcome, err := o.client.Patch(ctx, place, name, options, func(object *unstructured.Unstructured) error {
			before = object.DeepCopy()
			return guarded(object)
		})
		if err != nil {
			failed = append(failed, o.noun.hintMissing(err))
			continue
		}
		done = append(done, cli.Change{Object: object, Outcome: outcome})
		o.remark(ctx, before, object)
	}
	return done, errors.Join(failed...)
}

// rehearse changes copies of the objects: it finds the names that cannot be
// changed before the first object is, and what a change may take over. For one
// name that takes nothing over there is nothing to find that sending it does
// not find.
func (o *changeOptions) rehearse(ctx context.Context, place platform.Place, names []string, change func(*unstructured.Unstructured) error) ([]step, error) {
	if len(names) == 1 && o.noun.Takeover == nil {
		return nil, nil
	}
	steps := []step{}
	failed := []error{}
	for _, name := range names {
		before, err := o.live.Get(ctx, place, name)
		if err == nil {
			wanted := before.DeepCopy()
			err = change(wanted)
			steps = append(steps, step{Intent: Intent{Object: wanted}, place: place, before: before})
		}
		if err != nil {
			failed = append(failed, o.noun.hintMissing(err))
		}
		if errors.Is(err, kube.ErrForbidden) {
			// So are the others: once is enough.
			break
		}
	}
	return steps, errors.Join(failed...)
}

// hintMissing says how to find the name that was meant.
func (n Noun) hintMissing(err error) error {
	if !errors.Is(err, kube.ErrNotFound) {
		return err
	}
	return advice.Wrap(err, "see what is there: kubectl opa %s list", n.Name)
}

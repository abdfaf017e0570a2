package object

import (
	"context"
	"errors"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
)

// runPatch changes fields of the named objects, one after the other, and goes
// on where the server refuses one.
func (o *changeOptions) runPatch(ctx context.Context, names []string, change func(*unstructured.Unstructured) error) error {
	noun, unknown, err := o.noun(ctx)
	if err = errors.Join(unknown, err); err != nil {
		return err
	}
	if err := o.connect(ctx, noun); err != nil {
		return err
	}
	done, err := o.patch(ctx, names, change)
	if err == nil {
		done, err = o.follow(ctx, done)
	}
	return errors.Join(o.output.Print(o.env, done), err, o.await(ctx, done, err))
}

func (o *changeOptions) patch(ctx context.Context, names []string, change func(*unstructured.Unstructured) error) ([]cli.Change, error) {
	guarded := func(object *unstructured.Unstructured) error {
		if o.Guard != nil {
			if err := o.Guard(object); err != nil {
				return err
			}
		}
		return change(object)
	}
	steps, err := o.rehearse(ctx, names, guarded)
	if err != nil {
		return nil, err
	}
	if err := o.askTakeover(ctx, steps); err != nil {
		return nil, err
	}
	done := []cli.Change{}
	failed := []error{}
	for _, name := range names {
		change, err := o.patchOne(ctx, name, guarded)
		if err != nil {
			failed = append(failed, o.hintMissing(err))
			continue
		}
		done = append(done, *change)
	}
	return done, errors.Join(failed...)
}

func (o *changeOptions) patchOne(ctx context.Context, name string, change func(*unstructured.Unstructured) error) (*cli.Change, error) {
	place, name, err := o.address(ctx, name)
	if err != nil {
		return nil, err
	}
	options := kube.ChangeOptions{DryRun: o.output.Server(), Preview: o.output.Client()}
	var before *unstructured.Unstructured
	object, outcome, err := o.store().Patch(ctx, place, name, options, func(object *unstructured.Unstructured) error {
		before = object.DeepCopy()
		return change(object)
	})
	if err != nil {
		return nil, err
	}
	o.remark(ctx, before, object)
	return &cli.Change{Object: object, Outcome: outcome}, nil
}

// rehearse changes copies of the objects: it finds the names that cannot be
// changed before the first object is, and what a change may take over. For one
// name that takes nothing over there is nothing to find that sending it does
// not find.
func (o *changeOptions) rehearse(ctx context.Context, names []string, change func(*unstructured.Unstructured) error) ([]step, error) {
	if len(names) == 1 && o.Takeover == nil {
		return nil, nil
	}
	steps := []step{}
	failed := []error{}
	for _, name := range names {
		place, before, err := o.get(ctx, name)
		if err == nil {
			wanted := before.DeepCopy()
			err = change(wanted)
			steps = append(steps, step{Intent: Intent{Object: wanted}, place: place, before: before})
		}
		if err != nil {
			failed = append(failed, o.hintMissing(err))
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

package kube

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/client-go/util/csaupgrade"

	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
)

// Apply sends the whole intent by server-side apply; before is the object as
// it is, nil where it is new. Entries that this plugin left by a create or a
// patch are turned into applied ones first, else the two would conflict with
// each other.
func (c *Client) Apply(ctx context.Context, place platform.Place, object, before *unstructured.Unstructured, o ChangeOptions) (*unstructured.Unstructured, Outcome, error) {
	what := place.Object(object.GetName())
	data, err := object.MarshalJSON()
	if err != nil {
		return nil, "", fmt.Errorf("applying %s: %w", what, err)
	}
	var after *unstructured.Unstructured
	err = again(ctx, func() error {
		if before != nil {
			migrated, rehearsed, err := c.migrate(ctx, place, before, object, o)
			if err != nil || rehearsed != nil {
				after = rehearsed
				return c.refresh(ctx, place, &before, err)
			}
			before = migrated
		}
		var err error
		after, err = c.at(place).Patch(ctx, object.GetName(), types.ApplyPatchType, data, metav1.PatchOptions{
			DryRun: o.dryRun(), Force: &o.Force, FieldManager: FieldManager, FieldValidation: metav1.FieldValidationStrict,
		})
		return c.refresh(ctx, place, &before, err)
	})
	switch {
	case err != nil:
		return nil, "", c.explain(err, "applying %s", what)
	case before == nil:
		return after, Created, nil
	}
	return after, compare(before, after), nil
}

// migrate turns the entries that a create or a patch of ours left into entries
// of apply. A dry run cannot do that on the server and apply upon it: there the
// whole apply is rehearsed instead, and its result returned.
func (c *Client) migrate(ctx context.Context, place platform.Place, before, object *unstructured.Unstructured, o ChangeOptions) (migrated, rehearsed *unstructured.Unstructured, err error) {
	ours := sets.New(FieldManager)
	patch, err := csaupgrade.UpgradeManagedFieldsPatch(before, ours, FieldManager)
	if err != nil || patch == nil {
		return before, nil, err
	}
	if !o.DryRun {
		migrated, err = c.at(place).Patch(ctx, before.GetName(), types.JSONPatchType, patch, metav1.PatchOptions{})
		return migrated, nil, err
	}
	migrated = before.DeepCopy()
	if err := csaupgrade.UpgradeManagedFields(migrated, ours, FieldManager); err != nil {
		return nil, nil, err
	}
	rehearsed, err = c.rehearse(ctx, place, migrated, object, o)
	return migrated, rehearsed, err
}

// refresh reads the object anew where a change of it met another write, and
// returns the error of the change.
func (c *Client) refresh(ctx context.Context, place platform.Place, object **unstructured.Unstructured, err error) error {
	if *object == nil || !transient(err) {
		return err
	}
	fresh, getErr := c.at(place).Get(ctx, (*object).GetName(), metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(getErr):
		*object = nil
	case getErr != nil:
		return getErr
	default:
		*object = fresh
	}
	return err
}

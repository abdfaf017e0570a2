package kube

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/client-go/util/csaupgrade"
	"k8s.io/client-go/util/retry"

	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
)

// Outcome says what a change did.
type Outcome string

// The outcomes, in kubectl's words.
const (
	Created    Outcome = "created"
	Configured Outcome = "configured"
	Unchanged  Outcome = "unchanged"
	Deleted    Outcome = "deleted"
)

// ErrExists says that an object to create is there already.
var ErrExists = errors.New("exists already")

// ChangeOptions say how a change is sent.
type ChangeOptions struct {
	// DryRun lets the server check everything and keep nothing.
	DryRun bool
	// Force takes fields over from other managers (apply only).
	Force bool
}

func (o ChangeOptions) dryRun() []string {
	if o.DryRun {
		return []string{metav1.DryRunAll}
	}
	return nil
}

// Create posts a new object. The error wraps ErrExists where the name is taken.
func (c *Client) Create(ctx context.Context, place platform.Place, object *unstructured.Unstructured, o ChangeOptions) (*unstructured.Unstructured, error) {
	created, err := c.at(place).Create(ctx, object, metav1.CreateOptions{
		DryRun: o.dryRun(), FieldManager: FieldManager, FieldValidation: metav1.FieldValidationStrict,
	})
	if apierrors.IsAlreadyExists(err) {
		return nil, fmt.Errorf("creating %s: %w", place.Object(object.GetName()), ErrExists)
	}
	if err != nil {
		return nil, c.explain(err, "creating %s", place.Object(object.GetName()))
	}
	return created, nil
}

// Apply sends the whole intent by server-side apply. Entries that this plugin
// left by a create are turned into applied ones first, else the two would
// conflict with each other.
func (c *Client) Apply(ctx context.Context, place platform.Place, object *unstructured.Unstructured, o ChangeOptions) (*unstructured.Unstructured, Outcome, error) {
	what := place.Object(object.GetName())
	before, err := c.at(place).Get(ctx, object.GetName(), metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		before = nil
	case err != nil:
		return nil, "", c.explain(err, "getting %s", what)
	default:
		if before, err = c.migrate(ctx, place, before, o); err != nil {
			return nil, "", c.explain(err, "taking over the fields of %s", what)
		}
	}
	data, err := object.MarshalJSON()
	if err != nil {
		return nil, "", fmt.Errorf("applying %s: %w", what, err)
	}
	after, err := c.at(place).Patch(ctx, object.GetName(), types.ApplyPatchType, data, metav1.PatchOptions{
		DryRun: o.dryRun(), Force: &o.Force, FieldManager: FieldManager, FieldValidation: metav1.FieldValidationStrict,
	})
	if err != nil {
		return nil, "", c.explain(err, "applying %s", what)
	}
	if before == nil {
		return after, Created, nil
	}
	return after, compare(before, after), nil
}

// migrate turns the entries that a create of ours left into entries of apply.
func (c *Client) migrate(ctx context.Context, place platform.Place, object *unstructured.Unstructured, o ChangeOptions) (*unstructured.Unstructured, error) {
	patch, err := csaupgrade.UpgradeManagedFieldsPatch(object, sets.New(FieldManager), FieldManager)
	if err != nil || patch == nil {
		return object, err
	}
	return c.at(place).Patch(ctx, object.GetName(), types.JSONPatchType, patch, metav1.PatchOptions{DryRun: o.dryRun()})
}

// compare tells whether a change was needed. A dry run does not raise the
// resource version, so the contents are compared.
func compare(before, after *unstructured.Unstructured) Outcome {
	if reflect.DeepEqual(content(before), content(after)) {
		return Unchanged
	}
	return Configured
}

// content is an object without what the server counts and notes by itself.
func content(object *unstructured.Unstructured) map[string]any {
	bare := object.DeepCopy()
	bare.SetManagedFields(nil)
	bare.SetResourceVersion("")
	bare.SetGeneration(0)
	return bare.Object
}

// PatchFields changes named fields and no other: change gets the object as it
// is and returns a JSON merge patch, or nil where nothing is to be done. The
// patch holds only as long as nobody else wrote meanwhile; on a conflict it
// is computed again.
func (c *Client) PatchFields(ctx context.Context, place platform.Place, name string, o ChangeOptions,
	change func(*unstructured.Unstructured) (map[string]any, error),
) (*unstructured.Unstructured, Outcome, error) {
	var after *unstructured.Unstructured
	var outcome Outcome
	err := retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		before, err := c.at(place).Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		patch, err := change(before)
		if err != nil {
			return err
		}
		if patch == nil {
			after, outcome = before, Unchanged
			return nil
		}
		metadata, _ := patch["metadata"].(map[string]any)
		if metadata == nil {
			metadata = map[string]any{}
			patch["metadata"] = metadata
		}
		metadata["resourceVersion"] = before.GetResourceVersion()
		data, err := json.Marshal(patch)
		if err != nil {
			return err
		}
		after, err = c.at(place).Patch(ctx, name, types.MergePatchType, data, metav1.PatchOptions{
			DryRun: o.dryRun(), FieldManager: FieldManager, FieldValidation: metav1.FieldValidationStrict,
		})
		if err != nil {
			return err
		}
		outcome = compare(before, after)
		return nil
	})
	if err != nil {
		return nil, "", c.explain(err, "changing %s", place.Object(name))
	}
	return after, outcome, nil
}

// Delete deletes one object.
func (c *Client) Delete(ctx context.Context, place platform.Place, name string, o ChangeOptions) error {
	policy := metav1.DeletePropagationBackground
	err := c.at(place).Delete(ctx, name, metav1.DeleteOptions{DryRun: o.dryRun(), PropagationPolicy: &policy})
	return c.explain(err, "deleting %s", place.Object(name))
}

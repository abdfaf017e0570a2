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
	"k8s.io/apimachinery/pkg/util/jsonmergepatch"

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
	// Preview sends nothing (Patch only).
	Preview bool
	// Force takes fields over from other managers (Apply only).
	Force bool
	// ResourceVersion is the one that an object must still have (Delete only);
	// the error wraps ErrConflict otherwise. Empty means any.
	ResourceVersion string
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

// Patch changes named fields and no other: change gets a copy of the object as
// it is and sets them, and a JSON merge patch of the difference is sent. It
// holds only as long as nobody else wrote meanwhile; on a conflict it is
// computed again. Errors of change are returned as they are.
func (c *Client) Patch(ctx context.Context, place platform.Place, name string, o ChangeOptions,
	change func(*unstructured.Unstructured) error,
) (*unstructured.Unstructured, Outcome, error) {
	var after *unstructured.Unstructured
	var outcome Outcome
	err := again(ctx, func() error {
		before, err := c.at(place).Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return c.explain(err, "getting %s", place.Object(name))
		}
		wanted := before.DeepCopy()
		if err := change(wanted); err != nil {
			return err
		}
		data, err := mergePatch(before, wanted)
		switch {
		case err != nil:
			return err
		case data == nil:
			after, outcome = before, Unchanged
			return nil
		case o.Preview:
			after, outcome = wanted, Configured
			return nil
		}
		after, err = c.at(place).Patch(ctx, name, types.MergePatchType, data, metav1.PatchOptions{
			DryRun: o.dryRun(), FieldManager: FieldManager, FieldValidation: metav1.FieldValidationStrict,
		})
		if apierrors.IsConflict(err) {
			return err
		}
		if err != nil {
			return c.explain(err, "changing %s", place.Object(name))
		}
		outcome = compare(before, after)
		return nil
	})
	if apierrors.IsConflict(err) {
		err = c.explain(err, "changing %s", place.Object(name))
	}
	return after, outcome, err
}

// mergePatch is the patch from before to wanted, bound to before's resource
// version, and nil where the two are equal.
func mergePatch(before, wanted *unstructured.Unstructured) ([]byte, error) {
	if reflect.DeepEqual(before.Object, wanted.Object) {
		return nil, nil
	}
	from, err := json.Marshal(before.Object)
	if err != nil {
		return nil, fmt.Errorf("comparing %s: %w", before.GetName(), err)
	}
	to, err := json.Marshal(wanted.Object)
	if err != nil {
		return nil, fmt.Errorf("comparing %s: %w", before.GetName(), err)
	}
	data, err := jsonmergepatch.CreateThreeWayJSONMergePatch(from, to, from)
	if err != nil {
		return nil, fmt.Errorf("comparing %s: %w", before.GetName(), err)
	}
	patch := map[string]any{}
	if err := json.Unmarshal(data, &patch); err != nil {
		return nil, fmt.Errorf("comparing %s: %w", before.GetName(), err)
	}
	if len(patch) == 0 {
		return nil, nil
	}
	metadata, _ := patch["metadata"].(map[string]any)
	if metadata == nil {
		metadata = map[string]any{}
		patch["metadata"] = metadata
	}
	metadata["resourceVersion"] = before.GetResourceVersion()
	return json.Marshal(patch)
}

// Delete deletes one object.
func (c *Client) Delete(ctx context.Context, place platform.Place, name string, o ChangeOptions) error {
	policy := metav1.DeletePropagationBackground
	options := metav1.DeleteOptions{DryRun: o.dryRun(), PropagationPolicy: &policy}
	if o.ResourceVersion != "" {
		options.Preconditions = &metav1.Preconditions{ResourceVersion: &o.ResourceVersion}
	}
	err := c.at(place).Delete(ctx, name, options)
	return c.explain(err, "deleting %s", place.Object(name))
}

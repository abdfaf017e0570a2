package object

import (
	"context"
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// preview says what would be sent. It asks a cluster only where the namespace
// of a user cluster is to be found.
func (o *changeOptions) preview(ctx context.Context, intents []Intent) ([]cli.Change, error) {
	o.site = &site{Noun: o.Noun, namespace: o.env.GivenNamespace()}
	if o.userCluster != "" && o.PerCluster {
		var err error
		if o.site, err = o.reach(ctx, o.Noun); err != nil {
			return nil, err
		}
	}
	changes := []cli.Change{}
	for _, intent := range intents {
		place, err := o.place(intent.Object.GetNamespace(), true)
		if err := o.settle(intent, place, err); err != nil {
			return nil, err
		}
		changes = append(changes, cli.Change{Object: intent.Object, Outcome: o.planned})
	}
	if err := unique(intents); err != nil {
		return nil, err
	}
	return changes, nil
}

// prepare locates and checks all objects, and returns all errors together.
func (o *changeOptions) prepare(ctx context.Context, intents []Intent) ([]step, error) {
	steps := make([]step, len(intents))
	failed := []error{}
	for i, intent := range intents {
		found, err := o.examine(ctx, intent)
		if err != nil {
			failed = append(failed, err)
		}
		if errors.Is(err, kube.ErrForbidden) {
			// So are the others: once is enough.
			break
		}
		steps[i] = found
	}
	return steps, errors.Join(append(failed, unique(intents))...)
}

// examine locates one object and does the checks that need the cluster.
func (o *changeOptions) examine(ctx context.Context, intent Intent) (step, error) {
	found, err := o.locate(ctx, intent)
	if err != nil {
		return found, err
	}
	if err := o.check(ctx, intent.Object); err != nil {
		return found, Explain(intent.Document, err)
	}
	o.remark(ctx, found.before, intent.Object)
	return found, nil
}

// unique refuses an object that stands in the manifests twice: one would undo
// the other. All objects have their namespace.
func unique(intents []Intent) error {
	first := map[string]manifest.Document{}
	failed := []error{}
	for _, intent := range intents {
		key := intent.Object.GetKind() + " " + intent.Object.GetNamespace() + "/" + intent.Object.GetName()
		if other, twice := first[key]; twice {
			failed = append(failed, Explain(intent.Document, advice.Errorf("keep one of the two",
				"the same object stands at %s already", other.Position)))
			continue
		}
		first[key] = intent.Document
	}
	return errors.Join(failed...)
}

// settle explains why an object has no place, or sets the namespace of it.
func (o *changeOptions) settle(intent Intent, place platform.Place, err error) error {
	if field := (&policy.FieldError{}); errors.As(err, &field) {
		return Explain(intent.Document, err)
	}
	if err != nil {
		return at(intent.Document, err)
	}
	if place.Namespace != "" {
		intent.Object.SetNamespace(place.Namespace)
	}
	return nil
}

// locate finds where an object goes and what is there, and refuses to touch
// what must stay as it is.
func (o *changeOptions) locate(ctx context.Context, intent Intent) (step, error) {
	found := step{Intent: intent}
	place, err := o.at(ctx, intent.Object)
	if err := o.settle(intent, place, err); err != nil {
		return found, err
	}
	found.place = place
	found.before, err = o.store().Get(ctx, place, intent.Object.GetName())
	if errors.Is(err, kube.ErrNotFound) {
		found.before, err = nil, nil
	}
	if err == nil && found.before != nil && o.Guard != nil {
		err = o.Guard(found.before)
	}
	if err == nil && found.before != nil && o.planned == kube.Created {
		err = fmt.Errorf("creating %s: %w", place.Object(intent.Object.GetName()), kube.ErrExists)
		return found, at(intent.Document, o.hintExisting(err))
	}
	return found, at(intent.Document, err)
}

// remark prints what the user should know of an object.
func (o *changeOptions) remark(ctx context.Context, before, object *unstructured.Unstructured) {
	if o.Remarks == nil {
		return
	}
	for _, line := range o.Remarks(ctx, o.live, before, object) {
		o.env.Warn(line)
	}
}

// at puts file:line before an error.
func at(document manifest.Document, err error) error {
	if err == nil || document.File == "" {
		return err
	}
	return fmt.Errorf("%s: %w", document.Position, err)
}

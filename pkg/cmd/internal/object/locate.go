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
	var kkp platform.KKP
	var err error
	if o.cluster.name != "" {
		if kkp, _, err = o.env.KKP(ctx); err == nil {
			err = o.cluster.resolve(ctx, kkp, o.env.GivenNamespace())
		}
		if err != nil {
			return nil, err
		}
	}
	changes := []cli.Change{}
	for _, intent := range intents {
		if _, err := o.settle(ctx, kkp, intent); err != nil {
			return nil, err
		}
		changes = append(changes, cli.Change{Object: intent.Object, Outcome: o.planned})
	}
	if err := unique(intents); err != nil {
		return nil, err
	}
	return changes, nil
}

// unique refuses an object that stands in the manifests twice: one would undo
// the other. All objects have their namespace.
func unique(intents []Intent) error {
	first := map[string]manifest.Document{}
	failed := []error{}
	for _, intent := range intents {
		key := intent.Object.GetNamespace() + "/" + intent.Object.GetName()
		if other, twice := first[key]; twice {
			failed = append(failed, Explain(intent.Document, advice.Errorf("keep one of the two",
				"the same object stands at %s already", other.Position)))
			continue
		}
		first[key] = intent.Document
	}
	return errors.Join(failed...)
}

// settle finds the one place of an object, and sets its namespace.
func (o *changeOptions) settle(ctx context.Context, kkp platform.KKP, intent Intent) (platform.Place, error) {
	place, err := o.cluster.place(ctx, kkp, o.noun, o.env.GivenNamespace(), intent.Object.GetNamespace())
	if err == nil {
		err = o.noun.single(place)
	}
	if field := (&policy.FieldError{}); errors.As(err, &field) {
		return place, Explain(intent.Document, err)
	}
	if err != nil {
		return place, at(intent.Document, err)
	}
	if place.Namespace != "" {
		intent.Object.SetNamespace(place.Namespace)
	}
	return place, nil
}

// locate finds where an object goes and what is there, and refuses to touch
// what must stay as it is.
func (o *changeOptions) locate(ctx context.Context, intent Intent) (step, error) {
	found := step{Intent: intent}
	place, err := o.settle(ctx, o.live.KKP, intent)
	if err != nil {
		return found, err
	}
	found.place = place
	found.before, err = o.live.Get(ctx, place, intent.Object.GetName())
	if errors.Is(err, kube.ErrNotFound) {
		found.before, err = nil, nil
	}
	if err == nil && found.before != nil && o.noun.Guard != nil {
		err = o.noun.Guard(found.before)
	}
	if err == nil && found.before != nil && o.planned == kube.Created {
		err = fmt.Errorf("creating %s: %w", place.Object(intent.Object.GetName()), kube.ErrExists)
		return found, at(intent.Document, o.hintExisting(err))
	}
	return found, at(intent.Document, err)
}

// remark prints what the user should know of an object.
func (o *changeOptions) remark(ctx context.Context, before, object *unstructured.Unstructured) {
	if o.noun.Remarks == nil {
		return
	}
	for _, line := range o.noun.Remarks(ctx, o.live, before, object) {
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

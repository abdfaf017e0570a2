package object

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// changeOptions are what every verb that changes objects works with.
type changeOptions struct {
	env     *cli.Env
	noun    Noun
	cluster userCluster
	edition cli.Edition
	output  cli.ChangeOutput
	confirm cli.Confirmation
	wait    cli.Wait
	force   bool
	// planned is the outcome that a dry run on the client tells.
	planned kube.Outcome

	client *kube.Client
	live   *Live
	check  once[Checker]
}

func (o *changeOptions) addFlags(command *cobra.Command) {
	flags := command.Flags()
	o.output.AddFlags(flags)
	o.edition.AddFlags(flags)
	o.cluster.addFlags(o.env, command, o.noun)
	if o.noun.Missing != nil {
		o.wait.AddFlags(flags, "Wait until "+o.noun.Awaits+".")
	}
	if o.noun.Takeover != nil {
		o.confirm.AddFlags(flags)
	}
}

func (o *changeOptions) validate() error {
	return errors.Join(o.output.Validate(), o.edition.Validate(), o.wait.Validate())
}

// connect reaches the cluster.
func (o *changeOptions) connect(ctx context.Context) error {
	kkp, client, err := o.env.KKP()
	if err != nil {
		return err
	}
	o.client, o.live = client, newLive(o.env, kkp, &o.edition)
	return o.refuseIdle(ctx)
}

// checker reads what the checks need, when the first object is to be checked:
// whoever may not do anything hears of that alone.
func (o *changeOptions) checker(ctx context.Context) (Checker, error) {
	if o.noun.Check == nil {
		return func(*unstructured.Unstructured) error { return nil }, nil
	}
	return o.check.get(func() (Checker, error) { return o.noun.Check(ctx, o.live) })
}

// step is one object to send: where it goes, and what is there now (nil where
// it is new).
type step struct {
	Intent
	place  platform.Place
	before *unstructured.Unstructured
}

// sender sends one object.
type sender func(ctx context.Context, step step) (*unstructured.Unstructured, kube.Outcome, error)

// run reads all documents and checks them before it sends the first one.
func (o *changeOptions) run(ctx context.Context, documents []manifest.Document, sender sender) error {
	intents, err := ReadAll(ctx, o.env, o.noun, documents)
	if err != nil {
		return err
	}
	var done []cli.Change
	if o.output.Client() {
		done, err = o.preview(ctx, intents)
	} else {
		done, err = o.send(ctx, intents, sender)
	}
	return errors.Join(o.output.Print(o.env, done), err, o.await(ctx, done, err))
}

// ReadAll reads all documents, prints their notes, and returns all errors
// together.
func ReadAll(ctx context.Context, env *cli.Env, noun Noun, documents []manifest.Document) ([]Intent, error) {
	intents := []Intent{}
	failed := []error{}
	for _, document := range documents {
		intent, err := noun.Read(ctx, document)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		for _, note := range intent.Notes {
			env.Warn(note)
		}
		intents = append(intents, intent)
	}
	return intents, errors.Join(failed...)
}

// send checks everything, asks where something would be taken over, and then
// changes one object after the other.
func (o *changeOptions) send(ctx context.Context, intents []Intent, sender sender) ([]cli.Change, error) {
	if err := o.connect(ctx); err != nil {
		return nil, err
	}
	if err := o.cluster.resolve(ctx, o.live.KKP, o.env.GivenNamespace()); err != nil {
		return nil, err
	}
	steps, err := o.prepare(ctx, intents)
	if err != nil {
		return nil, err
	}
	if err := o.askTakeover(ctx, steps); err != nil {
		return nil, err
	}
	return o.carryOut(ctx, steps, sender)
}

// carryOut sends one object after the other and ends at the first failure.
func (o *changeOptions) carryOut(ctx context.Context, steps []step, sender sender) ([]cli.Change, error) {
	done := []cli.Change{}
	for _, step := range steps {
		result, outcome, err := sender(ctx, step)
		if err != nil {
			return done, at(step.Document, err)
		}
		done = append(done, cli.Change{Object: result, Outcome: outcome})
	}
	return done, nil
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
	check, err := o.checker(ctx)
	if err != nil {
		return found, err
	}
	if err := check(intent.Object); err != nil {
		return found, Explain(intent.Document, err)
	}
	o.remark(ctx, found.before, intent.Object)
	return found, nil
}

// preview says what would be sent. It asks a cluster only where the namespace
// of a user cluster is to be found.
func (o *changeOptions) preview(ctx context.Context, intents []Intent) ([]cli.Change, error) {
	var kkp platform.KKP
	var err error
	if o.cluster.name != "" {
		if kkp, _, err = o.env.KKP(); err == nil {
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

package object

import (
	"context"
	"errors"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
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
	kkp, client, err := o.env.KKP(ctx)
	if err != nil {
		return err
	}
	o.client, o.live = client, newLive(o.env, kkp, &o.edition)
	return o.refuseIdle(ctx)
}

// check finds what only the cluster can tell is wrong with an object.
func (o *changeOptions) check(ctx context.Context, object *unstructured.Unstructured) error {
	if o.noun.Check == nil {
		return nil
	}
	return o.noun.Check(ctx, o.live, object)
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
	if err := o.check(ctx, intent.Object); err != nil {
		return found, Explain(intent.Document, err)
	}
	o.remark(ctx, found.before, intent.Object)
	return found, nil
}

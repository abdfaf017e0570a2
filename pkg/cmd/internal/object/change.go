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
	where
	edition cli.Edition
	output  cli.ChangeOutput
	confirm cli.Confirmation
	wait    cli.Wait
	force   bool
	// planned is the outcome that a dry run on the client tells.
	planned kube.Outcome

	// site is where the objects are, once the cluster was reached. Before, it
	// has the noun alone.
	*site
}

func newChange(env *cli.Env, nouns Nouns, planned kube.Outcome) *changeOptions {
	o := &changeOptions{where: where{env: env, nouns: nouns, changing: true}, planned: planned}
	o.where.edition = &o.edition
	return o
}

func (o *changeOptions) addFlags(command *cobra.Command) {
	flags := command.Flags()
	o.output.AddFlags(flags)
	o.edition.AddFlags(flags)
	o.where.addFlags(command)
	if awaits := o.nouns.awaits(); awaits != "" {
		o.wait.AddFlags(flags, "Wait until "+awaits+".")
		if o.nouns.Gatekeeper != nil && o.nouns.Gatekeeper.Unready != nil {
			o.wait.Always("the kind that a template makes")
		}
	}
	if o.nouns.KKP.Takeover != nil {
		o.confirm.AddFlags(flags)
	}
}

// awaits says what --wait waits for, on each of the platforms.
func (n Nouns) awaits() string {
	switch {
	case n.Gatekeeper == nil || n.Gatekeeper.Missing == nil:
		return n.KKP.Awaits
	case n.KKP.Missing == nil:
		return n.Gatekeeper.Awaits
	}
	return n.KKP.Awaits + "; on plain Gatekeeper, until " + n.Gatekeeper.Awaits
}

func (o *changeOptions) validate() error {
	return errors.Join(o.output.Validate(), o.edition.Validate(), o.wait.Validate())
}

// connect reaches the cluster.
func (o *changeOptions) connect(ctx context.Context, noun Noun) error {
	var err error
	if o.site, err = o.reach(ctx, noun); err != nil {
		return err
	}
	return o.begin(ctx)
}

// begin refuses what the platform does not do, before anything is changed.
func (o *changeOptions) begin(ctx context.Context) error {
	o.live.wait = &o.wait
	if o.Before != nil {
		if err := o.Before(ctx, o.live); err != nil {
			return err
		}
	}
	return o.refuseIdle(ctx)
}

// check finds what only the cluster can tell is wrong with an object.
func (o *changeOptions) check(ctx context.Context, object *unstructured.Unstructured) error {
	if o.Check == nil {
		return nil
	}
	return o.Check(ctx, o.live, object)
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

// source gives the documents of a command, in the form that is meant where
// they are made here.
type source func(noun Noun) ([]manifest.Document, error)

// run reads all documents and checks them before it sends the first one. What
// is wrong with them is told even where no cluster can be reached.
func (o *changeOptions) run(ctx context.Context, source source, sender sender) error {
	noun, unknown, err := o.noun(ctx)
	if err != nil {
		return err
	}
	documents, err := source(noun)
	if err != nil {
		return err
	}
	told := false
	if unknown != nil {
		noun, told = o.nouns.told(documents)
	}
	intents, err := ReadAll(ctx, o.env, noun, documents)
	if err != nil {
		return err
	}
	o.site = &site{Noun: noun}
	var done []cli.Change
	switch {
	case o.output.Client():
		if unknown != nil && !told {
			o.env.Warn("taking KKP for the platform, as no cluster tells (--platform does): " + unknown.Error())
		}
		done, err = o.preview(ctx, intents)
	case unknown != nil:
		return unknown
	default:
		done, err = o.send(ctx, noun, intents, sender)
	}
	if err == nil {
		done, err = o.follow(ctx, done)
	}
	return errors.Join(o.output.Print(o.env, done), err, o.await(ctx, done, err))
}

// follow does what has to follow a change.
func (o *changeOptions) follow(ctx context.Context, done []cli.Change) ([]cli.Change, error) {
	if o.Follow == nil || len(done) == 0 || o.output.Client() {
		return done, nil
	}
	more, err := o.Follow(ctx, o.live, kube.ChangeOptions{DryRun: o.output.Server()})
	return append(done, more...), err
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
func (o *changeOptions) send(ctx context.Context, noun Noun, intents []Intent, sender sender) ([]cli.Change, error) {
	if err := o.connect(ctx, noun); err != nil {
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
		err := o.awaitReady(ctx, step.Object)
		if err != nil {
			return done, at(step.Document, err)
		}
		result, outcome, err := sender(ctx, step)
		if err != nil {
			return done, at(step.Document, err)
		}
		done = append(done, cli.Change{Object: result, Outcome: outcome})
	}
	return done, nil
}

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
)

// changeOptions is what create, apply and delete know once the flags are read.
type changeOptions struct {
	env     *cli.Env
	noun    Noun
	cluster userCluster
	output  cli.ChangeOutput
	force   bool
	// planned is the outcome that a dry run on the client tells.
	planned kube.Outcome
}

func (o *changeOptions) addFlags(command *cobra.Command) {
	o.output.AddFlags(command.Flags())
	o.cluster.addFlags(o.env, command, o.noun)
}

// sender sends one object that was read and checked.
type sender func(ctx context.Context, client *kube.Client, place platform.Place, object *unstructured.Unstructured) (*unstructured.Unstructured, kube.Outcome, error)

// run reads all documents, sends them and prints what was done.
func (o *changeOptions) run(ctx context.Context, documents []manifest.Document, sender sender) error {
	intents, err := ReadAll(ctx, o.env, o.noun, documents)
	if err != nil {
		return err
	}
	done, err := o.send(ctx, intents, sender)
	return errors.Join(o.output.Print(o.env, done), err)
}

// ReadAll turns all documents into intents before anything is sent, so that a
// mistake in the last one changes nothing. Notes are printed as warnings.
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

// send checks all intents against the cluster and then sends them in order.
// What was done before an error is returned with it.
func (o *changeOptions) send(ctx context.Context, intents []Intent, sender sender) ([]cli.Change, error) {
	if o.output.Client() {
		return o.preview(ctx, intents)
	}
	kkp, client, err := o.env.KKP()
	if err != nil {
		return nil, err
	}
	check := func(*unstructured.Unstructured) error { return nil }
	if o.noun.Check != nil {
		if check, err = o.noun.Check(ctx, kkp); err != nil {
			return nil, err
		}
	}
	places := make([]platform.Place, len(intents))
	for i, intent := range intents {
		if places[i], err = o.locate(ctx, kkp, intent, check); err != nil {
			return nil, err
		}
	}
	done := []cli.Change{}
	for i, intent := range intents {
		result, outcome, err := sender(ctx, client, places[i], intent.Object)
		if err != nil {
			return done, at(intent.Position, err)
		}
		done = append(done, cli.Change{Object: result, Outcome: outcome})
	}
	return done, nil
}

// preview is what a dry run on the client does: it asks the cluster nothing
// but which namespace -c means, so that manifests can be made without one.
func (o *changeOptions) preview(ctx context.Context, intents []Intent) ([]cli.Change, error) {
	var kkp platform.KKP
	var err error
	if o.cluster.name != "" {
		if kkp, _, err = o.env.KKP(); err != nil {
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
	return changes, nil
}

// settle gives the object its namespace.
func (o *changeOptions) settle(ctx context.Context, kkp platform.KKP, intent Intent) (platform.Place, error) {
	place, err := o.cluster.place(ctx, kkp, o.noun, o.env.GivenNamespace(), intent.Object.GetNamespace())
	if err == nil {
		err = o.noun.single(place)
	}
	if err != nil {
		return place, at(intent.Position, err)
	}
	if place.Namespace != "" {
		intent.Object.SetNamespace(place.Namespace)
	}
	return place, nil
}

// locate gives the object its namespace, and checks it against the cluster.
func (o *changeOptions) locate(ctx context.Context, kkp platform.KKP, intent Intent, check func(*unstructured.Unstructured) error) (platform.Place, error) {
	place, err := o.settle(ctx, kkp, intent)
	if err != nil {
		return place, err
	}
	if err := o.guard(ctx, kkp, place, intent.Object.GetName()); err != nil {
		return place, at(intent.Position, err)
	}
	return place, at(intent.Position, check(intent.Object))
}

// guard refuses objects that belong to somebody else.
func (o *changeOptions) guard(ctx context.Context, kkp platform.KKP, place platform.Place, name string) error {
	if o.noun.Guard == nil {
		return nil
	}
	existing, err := kkp.Get(ctx, place, name)
	if errors.Is(err, kube.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return o.noun.Guard(existing)
}

// at puts a position before an error; next steps stay. A nil err stays nil.
func at(position manifest.Position, err error) error {
	if err == nil || position.File == "" {
		return err
	}
	return fmt.Errorf("%s: %w", position, err)
}

// create posts one object.
func (o *changeOptions) create(ctx context.Context, client *kube.Client, place platform.Place, object *unstructured.Unstructured) (*unstructured.Unstructured, kube.Outcome, error) {
	created, err := client.Create(ctx, place, object, kube.ChangeOptions{DryRun: o.output.Server()})
	if errors.Is(err, kube.ErrExists) {
		err = advice.Wrap(err, "to change it: kubectl opa %s apply", o.noun.Name)
	}
	return created, kube.Created, err
}

// apply sends one whole object by server-side apply.
func (o *changeOptions) apply(ctx context.Context, client *kube.Client, place platform.Place, object *unstructured.Unstructured) (*unstructured.Unstructured, kube.Outcome, error) {
	return client.Apply(ctx, place, object, kube.ChangeOptions{DryRun: o.output.Server(), Force: o.force})
}

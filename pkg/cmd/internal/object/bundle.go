package object

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
)

// Bundle applies objects of several nouns as one change: everything is checked
// before the first one is sent.
type Bundle struct {
	shared *changeOptions
}

// Part is what a bundle has of one noun. Parts are applied in their order.
type Part struct {
	Noun      Noun
	Documents []manifest.Document
}

// NewBundle registers the flags that all changes have.
func NewBundle(env *cli.Env, command *cobra.Command) *Bundle {
	b := &Bundle{newChange(env, Nouns{}, kube.Configured)}
	flags := command.Flags()
	b.shared.output.AddFlags(flags)
	b.shared.edition.AddFlags(flags)
	b.shared.confirm.AddFlags(flags)
	flags.BoolVar(&b.shared.force, "force-conflicts", false, "Take fields over that another manager set.")
	return b
}

// Validate refuses values that the flags do not take.
func (b *Bundle) Validate() error { return b.shared.validate() }

// Apply applies all parts and prints what was done.
func (b *Bundle) Apply(ctx context.Context, parts []Part) error {
	lots, err := b.read(ctx, parts)
	if err != nil {
		return err
	}
	done, err := b.apply(ctx, lots)
	return errors.Join(b.shared.output.Print(b.shared.env, done), err)
}

// lot is a part on its way.
type lot struct {
	*changeOptions
	intents []Intent
	steps   []step
}

// read checks what can be checked without a cluster.
func (b *Bundle) read(ctx context.Context, parts []Part) ([]*lot, error) {
	lots := []*lot{}
	failed := []error{}
	for _, part := range parts {
		options := *b.shared
		lot := &lot{changeOptions: &options}
		lot.site = &site{Noun: part.Noun}
		var err error
		if lot.intents, err = ReadAll(ctx, b.shared.env, part.Noun, part.Documents); err != nil {
			failed = append(failed, err)
		}
		lots = append(lots, lot)
	}
	return lots, errors.Join(failed...)
}

func (b *Bundle) apply(ctx context.Context, lots []*lot) ([]cli.Change, error) {
	done := []cli.Change{}
	failed := []error{}
	if b.shared.output.Client() {
		for _, lot := range lots {
			changes, err := lot.preview(ctx, lot.intents)
			done, failed = append(done, changes...), append(failed, err)
		}
		return done, errors.Join(failed...)
	}
	if err := b.prepare(ctx, lots); err != nil {
		return nil, err
	}
	for _, lot := range lots {
		if err := lot.askTakeover(ctx, lot.steps); err != nil {
			return nil, err
		}
	}
	for _, lot := range lots {
		changes, err := lot.carryOut(ctx, lot.steps, lot.apply)
		done = append(done, changes...)
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

// prepare checks all parts against the cluster; constraints also against the
// templates that come with them.
func (b *Bundle) prepare(ctx context.Context, lots []*lot) error {
	templates, err := templatesIn(lots)
	if err != nil {
		return err
	}
	_, client, err := b.shared.env.KKP(ctx)
	if err != nil {
		return err
	}
	live := newLive(b.shared.env, client, &b.shared.edition)
	live.planned = templates
	failed := []error{}
	for _, lot := range lots {
		lot.live, lot.namespace = live, b.shared.env.GivenNamespace()
		var err error
		if lot.steps, err = lot.prepare(ctx, lot.intents); err != nil {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

func templatesIn(lots []*lot) ([]kubermaticv1.ConstraintTemplate, error) {
	templates := []kubermaticv1.ConstraintTemplate{}
	for _, lot := range lots {
		if lot.Kind != kubermaticv1.KindConstraintTemplate {
			continue
		}
		for _, intent := range lot.intents {
			template, err := platform.Read[kubermaticv1.ConstraintTemplate](intent.Object)
			if err != nil {
				return nil, err
			}
			templates = append(templates, *template)
		}
	}
	return templates, nil
}

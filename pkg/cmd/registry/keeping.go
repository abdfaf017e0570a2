package registry

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object/gatekeeper"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object/kkp"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/imagepolicy"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
)

// keeping is how the template and the constraint of the registries are kept,
// where no one else does it.
type keeping struct {
	env         *cli.Env
	flavor      flavor
	materialize bool
}

// addFlags completes a command that changes registries.
func (k *keeping) addFlags(command *cobra.Command) *cobra.Command {
	flags := command.Flags()
	k.flavor.addFlags(flags, "How the template decides: hardened (the default), or kkp, which compares texts; not given, the one that is there stays.")
	flags.BoolVar(&k.materialize, "materialize", false,
		"On KKP's Community Edition, keep the template and the Default Constraint of all registries, from now on.")
	run := command.RunE
	command.RunE = func(cmd *cobra.Command, args []string) error {
		if err := k.flavor.validate(); err != nil {
			return err
		}
		return run(cmd, args)
	}
	return command
}

// kkp are KKP's registries, which this command keeps on the Community Edition
// where it is asked to, or did before.
func (k *keeping) kkp() object.Noun {
	noun := kkp.Registries()
	remarks, consequences, idle := noun.Remarks, noun.Consequences, noun.Idle
	noun.Remarks = func(ctx context.Context, live *object.Live, before, item *unstructured.Unstructured) []string {
		if k.keeps(ctx, live) {
			return nil
		}
		return remarks(ctx, live, before, item)
	}
	noun.Consequences = func(ctx context.Context, live *object.Live, items []*unstructured.Unstructured) ([]string, error) {
		if k.keeps(ctx, live) {
			return kkp.RegistriesLeft(ctx, live, items)
		}
		return consequences(ctx, live, items)
	}
	noun.Idle = func(ctx context.Context, live *object.Live) error {
		if k.keeps(ctx, live) {
			return advice.Errorf("leave --wait out", "--wait has nothing to wait for: this command makes the Default Constraint itself")
		}
		return idle(ctx, live)
	}
	noun.Before = k.check
	noun.Check = k.checkPrefix
	noun.Follow = k.follow
	return noun
}

// gatekeeper are the registries of plain Gatekeeper, where no flag is needed.
func (k *keeping) gatekeeper() *object.Noun {
	noun := gatekeeper.Registries(&k.flavor.value)
	noun.Before = func(context.Context, *object.Live) error {
		if !k.materialize {
			return nil
		}
		return advice.Errorf("leave --materialize out",
			"--materialize is for KKP's Community Edition: here the template and the constraint are always kept")
	}
	return noun
}

// keeps tells whether this command enforces the registries.
func (k *keeping) keeps(ctx context.Context, live *object.Live) bool {
	if live.Edition(ctx) != fleet.Community {
		return false
	}
	template, err := find(ctx, live, templatePlace)
	flavor, _ := k.chosen(template)
	return err == nil && flavor != imagepolicy.FlavorUnknown
}

// follow brings the template and the Default Constraint up to date on the
// Community Edition.
func (k *keeping) follow(ctx context.Context, live *object.Live, o kube.ChangeOptions) ([]cli.Change, error) {
	if live.Edition(ctx) != fleet.Community || o.DryRun {
		return nil, nil // A dry run adds no registry that could be seen.
	}
	template, err := find(ctx, live, templatePlace)
	if err != nil {
		return nil, err
	}
	flavor, err := k.chosen(template)
	if err != nil || flavor == imagepolicy.FlavorUnknown {
		return nil, err
	}
	m := &materializing{live: live, options: o, flavor: flavor}
	if err := m.run(ctx, template); err != nil {
		return m.done, fmt.Errorf("the registries are changed, but not what enforces them: %w", err)
	}
	return m.done, nil
}

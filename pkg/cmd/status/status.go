// Package status is kubectl opa status: how the user clusters stand.
package status

import (
	"errors"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
)

// flags mirror the command line.
type flags struct {
	selector string
	watch    bool
	wait     cli.Wait
	edition  cli.Edition
	output   cli.ReportOutput
}

// options are what the command works with.
type options struct {
	env      *cli.Env
	names    []string
	selector string
	watching bool
	wait     cli.Wait
	edition  cli.Edition
	output   cli.ReportOutput
	// told are warnings that need not be told again.
	told map[string]bool
}

// New makes the command.
func New(env *cli.Env) *cobra.Command {
	f := &flags{}
	command := &cobra.Command{
		Use:   "status [NAME... | -l SELECTOR]",
		Short: "Show how clusters stand: Gatekeeper's version and health, policies in sync or not, violations",
		Long: "On KKP, show how the user clusters of all seeds stand, by ID or human-readable name: whether OPA\n" +
			"is on, Gatekeeper's version and health, how many of the templates and Default Constraints that\n" +
			"are for the cluster are in sync, and how many violations Gatekeeper's audit found, all of them.\n" +
			"Clusters with OPA are read themselves, with the kubeconfig that KKP keeps in a Secret: who may not\n" +
			"read Secrets sees what their seed knows. The note names what is not in sync:\n\n" +
			"  missing           the cluster's namespace on the seed has no copy\n" +
			"  drifted           the copy means something else\n" +
			"  shadowed          a constraint of the cluster's own has the name: KKP would take it over\n" +
			"  zombie            a copy that no Default Constraint asks for\n" +
			"  waiting           how many are missing or drifted where KKP leaves the cluster alone\n" +
			"  no template       no template makes the kind: not enforced, and hangs when it is deleted\n" +
			"  not there         the user cluster itself lacks it: KKP brings it, but does not put it back\n" +
			"  changed there     the user cluster has another one: KKP does not put that back either\n" +
			"  left over there   KKP made it on the user cluster, and does not want it there any more\n" +
			"  by hand there     no object of KKP makes it\n" +
			"  failing           Gatekeeper itself says that something is wrong with it\n\n" +
			"On plain Gatekeeper, show the cluster of the kubeconfig: version, health, the webhook's failure\n" +
			"policy, templates, constraints by action, violations, and how long ago the last audit was.\n\n" +
			"What cannot be read is told, and shown as a question mark. Where a cluster or a seed cannot be\n" +
			"reached, the others are shown, and the exit code is 2.",
		Example: "  kubectl opa status\n" +
			"  kubectl opa status cocky-thompson --wait --timeout 10m\n" +
			"  kubectl opa status -l env=prod --watch",
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := f.toOptions(env, cmd, args)
			if err != nil {
				return err
			}
			if o.watching {
				return o.watch(cmd.Context())
			}
			seen, err := o.run(cmd.Context())
			return errors.Join(newPrinter(o).show(seen), err, seen.failure())
		},
	}
	f.addFlags(command.Flags())
	command.ValidArgsFunction = object.CompleteClusters(env)
	return command
}

func (f *flags) addFlags(flags *pflag.FlagSet) {
	flags.StringVarP(&f.selector, "selector", "l", "", "Only KKP user clusters with these labels, such as env=prod,team!=a.")
	flags.BoolVarP(&f.watch, "watch", "w", false, "Show it again whenever something changed, until Ctrl-C.")
	f.wait.AddFlags(flags, "Wait until Gatekeeper is up, or gone where OPA is off, and all that is for the clusters is in sync; without KKP, until Gatekeeper has taken up all that is there.")
	f.edition.AddFlags(flags)
	f.output.AddFlags(flags)
}

func (f *flags) toOptions(env *cli.Env, cmd *cobra.Command, names []string) (*options, error) {
	checkLabels := func() error { return cli.CheckLabels("--selector", f.selector) }
	for _, validate := range []func() error{f.output.Validate, f.edition.Validate, f.wait.Validate, checkLabels} {
		if err := validate(); err != nil {
			return nil, err
		}
	}
	switch {
	case len(names) > 0 && f.selector != "":
		return nil, cli.UsageError(cmd.CommandPath(), "say which user clusters in one way: names or -l SELECTOR")
	case f.watch && f.wait.Wait:
		return nil, cli.UsageError(cmd.CommandPath(), "--watch goes on until Ctrl-C, --wait until all is settled: give one of the two")
	}
	return &options{
		env: env, names: names, selector: f.selector, watching: f.watch,
		wait: f.wait, edition: f.edition, output: f.output, told: map[string]bool{},
	}, nil
}

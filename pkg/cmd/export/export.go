// Package export is kubectl opa export: KKP's policies as manifests for plain
// Gatekeeper.
package export

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	reportv1alpha1 "github.com/kubectl-opa/kubectl-opa/pkg/api/report/v1alpha1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
)

const long = `Write KKP's policies into a new directory, as manifests for plain Gatekeeper: the way off KKP's
OPA integration. They decide what KKP's own objects decide.

  templates/             the ConstraintTemplates
  defaults/              the Default Constraints
  clusters/ID/           each user cluster's own constraints
  namespaces/NAMESPACE/  constraints in the namespace of no known user cluster

With -c it is what one user cluster gets, or would get where OPA is off or the cluster is paused:
templates/ and constraints/. Apply the templates first, and the constraints when Gatekeeper has made
their kinds. The file of a disabled constraint ends in .disabled: kubectl apply passes it over.

Empty selectors are left out and rawJSON is unfolded. What only KKP knows, such as which clusters a
Default Constraint goes to, stays in annotations with the prefix kubectl-opa/, so nothing is lost on
the way back.`

const example = `  kubectl opa export policies
  kubectl opa export cocky-thompson -c cocky-thompson
  kubectl opa export policies -f kkp-manifests/`

// options is what an export knows once the flags are read.
type options struct {
	env     *cli.Env
	dir     string
	cluster string
	files   cli.Filenames
	edition cli.Edition
	output  cli.ReportOutput
}

// result is what was written, and what the user should know about it.
type result struct {
	report   reportv1alpha1.ExportReport
	warnings []string
}

// New makes the command.
func New(env *cli.Env) *cobra.Command {
	o := &options{env: env}
	command := &cobra.Command{
		Use:     "export DIR",
		Short:   "Write KKP's policies as manifests for plain Gatekeeper",
		Long:    long,
		Example: example,
		Args:    cli.Args(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.dir = args[0]
			if err := o.validate(); err != nil {
				return err
			}
			done, err := o.run(cmd.Context())
			for _, warning := range done.warnings {
				env.Warn(warning)
			}
			if len(done.report.Files) == 0 {
				return err
			}
			return errors.Join(o.output.Print(env, done.report, table(done.report)), err)
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
	}
	flags := command.Flags()
	flags.StringVarP(&o.cluster, "user-cluster", "c", "", "Only what this KKP user cluster gets, by ID or by its human-readable name.")
	_ = command.RegisterFlagCompletionFunc("user-cluster", object.CompleteClusters(env))
	o.files.AddFlags(flags, "Manifests of KKP's objects to export offline: files, directories or - for standard input.")
	o.edition.AddFlags(flags)
	o.output.AddFlags(flags)
	return command
}

func (o *options) validate() error {
	if err := o.output.Validate(); err != nil {
		return err
	}
	if o.env.GivenNamespace() != "" && len(o.files.Paths) == 0 {
		return advice.Errorf("leave it out, or give -c NAME for one user cluster", "-n %s: an export takes the constraints of all namespaces",
			o.env.GivenNamespace())
	}
	return o.edition.Validate()
}

// run reads all policies, and writes nothing before all of it is known to be
// sound. With an error, the result is what was written before it.
func (o *options) run(ctx context.Context) (result, error) {
	done := result{report: reportv1alpha1.ExportReport{
		APIVersion: reportv1alpha1.APIVersion, Kind: "ExportReport",
		Directory: o.dir, Files: []reportv1alpha1.ExportedFile{},
	}}
	if err := manifest.RequireEmpty(o.dir); err != nil {
		return done, err
	}
	all, err := o.read(ctx)
	if err != nil {
		return done, err
	}
	done.report.Edition = string(all.edition)
	var cluster *kubermaticv1.Cluster
	if o.cluster != "" {
		if cluster, err = fleet.Find(all.clusters, o.cluster); err != nil {
			return done, err
		}
		done.report.UserCluster = cluster.Name
	}
	files, warnings, err := plan(ctx, all, cluster)
	done.warnings = warnings
	if err != nil {
		return done, err
	}
	if len(files) == 0 {
		return done, fmt.Errorf("%w: there are no policies to export", cli.ErrNothing)
	}
	done.report.Files, err = write(ctx, o.dir, files)
	return done, err
}

// Package test is "kubectl opa test": what Gatekeeper would make of manifests.
package test

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/internal/collector"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/review"
)

// New is the command.
func New(env *cli.Env) *cobra.Command {
	f := &flags{}
	cmd := &cobra.Command{
		Use:   "test -f POLICIES -f OBJECTS",
		Short: "Say what Gatekeeper does with objects, without a cluster",
		Long: `Say what Gatekeeper does with objects: which constraints match, what they say, and what is done
about it. It is Gatekeeper's own engine that answers, and no cluster is asked.

Policies and objects come from files, directories and standard input (-), in any order: Gatekeeper's
templates and constraints, its Config, SyncSets, ExpansionTemplates and mutators, and KKP's
ConstraintTemplates, Constraints and AllowedRegistries. Policies are not reviewed themselves; the
items of a List are, each for itself. Namespace selectors look at the Namespaces among the objects.
An object that is in a namespace and names none is in that of -n, else in "default".

Objects are reviewed while they are read. Of a file the first 64 MiB are searched for policies and
Namespaces before that, of standard input the first 4 MiB; what comes later is an error. Where
policies read data.inventory, everything is read first, and all objects are in it, or those that a
Config or a SyncSet says.

--as says whose answer it is. webhook: each object is a request to create it; an AdmissionReview is
the request that it has. audit: objects are in the cluster already. gator: that of "gator test",
mistakes included. Where others see something differently, that is told.

The exit code is 1 where a finding counts (see --fail-on), 2 where something cannot be read or
reviewed, and 3 where there are no objects, no constraints, or none that matches.`,
		Example: `  # What would the cluster say?
  kubectl opa test -f policies/ -f deployment.yaml

  # What "kubectl get pods -A -o json" wrote, as the audit sees it
  kubectl opa test -f policies/ -f pods.json --as audit

  # A kustomization, on the Gatekeeper that KKP brings, for a pipeline
  kubectl opa test -f policies/ -k overlays/prod --target-gatekeeper 3.12 -o table -o json=report.json`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := f.toOptions(env, cmd.CommandPath(), args)
			if err != nil {
				return err
			}
			return f.run(cmd.Context(), env, o)
		},
	}
	f.add(cmd)
	cmd.SetFlagErrorFunc(explainFlag)
	return cmd
}

// run reviews objects, and tells of each as soon as it is known.
func (f *flags) run(ctx context.Context, env *cli.Env, o review.Options) error {
	collector.Hurry()
	progress := env.NewProgress()
	defer progress.Done()
	o.Skipped = func(at manifest.Position, why string) {
		progress.Done()
		env.Warn(at.String() + ": " + why)
	}
	tally := &tally{}
	streams, err := f.output.Open(env)
	if err != nil {
		return err
	}
	sinks := f.sinks(streams, f.newReport(o))
	summary, err := review.Run(ctx, o, func(r review.Reviewed) error {
		tally.add(r)
		progress.Say(tally.String())
		switch {
		case r.Err != nil:
			progress.Done()
			_ = env.Report(ctx, r.Err)
		case len(r.Violations)+len(r.Autorejects) > 0:
			progress.Done()
			return each(sinks, func(s sink) error { return s.found(r) })
		}
		return nil
	})
	progress.Done()
	if err != nil {
		return errors.Join(explain(err), streams.Close(err))
	}
	tally.summary = summary
	report := f.report(o, tally)
	err = each(sinks, func(s sink) error { return s.end(report) })
	if err = errors.Join(err, streams.Close(err)); err != nil {
		return err
	}
	f.notes(env, report, tally)
	return f.verdict(o, tally)
}

func each(sinks []sink, do func(sink) error) error {
	for _, s := range sinks {
		if err := do(s); err != nil {
			return fmt.Errorf("writing the report: %w", err)
		}
	}
	return nil
}

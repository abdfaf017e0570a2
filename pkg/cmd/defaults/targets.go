package defaults

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	reportv1alpha1 "github.com/kubectl-opa/kubectl-opa/pkg/api/report/v1alpha1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object/kkp"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

type targetsOptions struct {
	env     *cli.Env
	name    string
	edition cli.Edition
	output  cli.ReportOutput
}

func newTargets(env *cli.Env) *cobra.Command {
	o := &targetsOptions{env: env}
	command := &cobra.Command{
		Use:   "targets NAME",
		Short: "Show which user clusters a Default Constraint reaches, and why not the others",
		Args:  cli.Args(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.output.Validate(); err != nil {
				return err
			}
			if err := o.edition.Validate(); err != nil {
				return err
			}
			o.name = args[0]
			report, err := o.run(cmd.Context())
			if err != nil {
				return err
			}
			return o.output.Print(env, report, targetTable(report))
		},
	}
	o.output.AddFlags(command.Flags())
	o.edition.AddFlags(command.Flags())
	object.CompleteNames(env, object.Nouns{KKP: kkp.Defaults()}, command)
	return command
}

func (o *targetsOptions) run(ctx context.Context) (reportv1alpha1.TargetReport, error) {
	report := reportv1alpha1.TargetReport{
		APIVersion: reportv1alpha1.APIVersion, Kind: "TargetReport",
		Constraint: o.name, Clusters: []reportv1alpha1.Target{},
	}
	kkp, _, err := o.env.KKP(ctx)
	if err != nil {
		return report, err
	}
	constraint, err := kkp.DefaultConstraint(ctx, o.name)
	if err != nil {
		return report, err
	}
	clusters, err := kkp.Clusters(ctx)
	if err != nil {
		return report, err
	}
	edition := o.edition.Resolve(ctx, o.env, kkp)
	targets, err := o.judge(ctx, kkp, constraint, clusters, edition)
	if err != nil {
		return report, err
	}
	report.Edition = string(edition)
	for _, target := range targets {
		report.Clusters = append(report.Clusters, reportv1alpha1.Target{
			ID: target.Cluster, Name: target.Name, Provider: target.Provider,
			Reached: target.Reach == fleet.Reached, Reason: string(target.Reach),
		})
	}
	return report, nil
}

// judge says which clusters the constraint gets to, and whether its template
// is there too.
func (o *targetsOptions) judge(ctx context.Context, from platform.KKP, constraint *kubermaticv1.Constraint, clusters []kubermaticv1.Cluster, edition fleet.Edition) ([]fleet.Target, error) {
	if edition == fleet.Community && (policy.Selective(constraint.Spec.Selector) || constraint.Spec.Disabled) {
		o.env.Warn("KKP's Community Edition ignores selector and disabled: the constraint goes to every cluster")
	}
	targets, err := fleet.Targets(constraint, clusters, edition)
	if err != nil {
		return nil, err
	}
	templates, err := from.Templates(ctx)
	if errors.Is(err, kube.ErrForbidden) {
		o.env.Warn("cannot tell whether the template is on the user clusters: " + err.Error())
		return targets, nil
	}
	if err != nil {
		return nil, err
	}
	return targets, fleet.MindTemplate(targets, constraint.Spec.ConstraintType, templates, clusters, edition)
}

func targetTable(report reportv1alpha1.TargetReport) ui.Table {
	table := ui.Table{Columns: []string{"cluster", "name", "provider", "reach"}}
	for _, cluster := range report.Clusters {
		tone := ui.Faint
		if cluster.Reached {
			tone = ui.Good
		}
		table.Rows = append(table.Rows, []ui.Cell{
			ui.Text(cluster.ID), ui.Text(cluster.Name), ui.Text(cluster.Provider), {Text: cluster.Reason, Tone: tone},
		})
	}
	return table
}

package enable

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
)

// NewDisable makes the command disable.
func NewDisable(env *cli.Env) *cobra.Command {
	c := &change{env: env, fields: map[string]any{"enabled": false}}
	confirmation := &cli.Confirmation{}
	command := &cobra.Command{
		Use:   "disable NAME... | -l SELECTOR | --all",
		Short: "Switch KKP's OPA integration off for user clusters, after asking",
		Long: "Switch KKP's OPA integration off for user clusters, by ID or human-readable name. KKP then removes\n" +
			"Gatekeeper from them with all templates, constraints and the Config, those that were made by hand\n" +
			"on the user cluster too. KKP's own objects stay, and come back with kubectl opa enable.",
		Example: "  kubectl opa disable cocky-thompson --wait\n" +
			"  kubectl opa disable -l env=test --yes",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := c.validate(cmd, args); err != nil {
				return err
			}
			return c.disable(cmd.Context(), confirmation)
		},
	}
	c.addFlags(command.Flags(), "Wait until both of Gatekeeper's components are gone.")
	confirmation.AddFlags(command.Flags())
	command.ValidArgsFunction = object.CompleteClusters(env)
	return command
}

// disable shows what KKP removes, asks, and then switches the flag off.
func (c *change) disable(ctx context.Context, confirmation *cli.Confirmation) error {
	clusters, err := c.clusters(ctx)
	if err != nil {
		return err
	}
	on := []string{}
	for i := range clusters {
		if opa := clusters[i].Spec.OPAIntegration; opa != nil && opa.Enabled {
			on = append(on, fleet.Title(&clusters[i]))
		}
	}
	if len(on) == 0 {
		return c.run(ctx, clusters)
	}
	lines, err := c.losses(ctx, clusters)
	if err != nil {
		return err
	}
	for _, line := range lines {
		_, _ = fmt.Fprintln(c.env.Err, line)
	}
	if c.output.Mode == "none" {
		if err := confirmation.Ask(ctx, c.env, fmt.Sprintf("Switch OPA off for %s?", strings.Join(on, ", "))); err != nil {
			return err
		}
	}
	return c.run(ctx, clusters)
}

// losses lists what KKP removes from each cluster, as far as the seed shows it.
func (c *change) losses(ctx context.Context, clusters []kubermaticv1.Cluster) ([]string, error) {
	seed := fleet.Seed{Clusters: clusters}
	var err error
	if seed.Constraints, err = c.kkp.Constraints(ctx, ""); c.unknown(err, "which constraints KKP removes") {
		err = nil
	}
	if err == nil {
		if seed.Templates, err = c.kkp.Templates(ctx); c.unknown(err, "how many templates KKP removes") {
			err = nil
		}
	}
	if err != nil {
		return nil, err
	}
	if settings, err := c.kkp.Settings(ctx); err == nil && settings.Spec.OPAOptions.Enforced {
		c.env.Warn("KKP's settings enforce OPA on user clusters (globalsettings, spec.opaOptions.enforced): its dashboard does not let owners switch it off")
	}
	lines := []string{}
	for i := range clusters {
		if opa := clusters[i].Spec.OPAIntegration; opa == nil || !opa.Enabled {
			continue
		}
		lines = append(lines, loss(&clusters[i], seed)...)
	}
	return append(lines, "What was made on the user clusters by hand goes too: KKP deletes Gatekeeper's CRDs."), nil
}

// unknown warns where the user may not read something, and tells whether that
// is all.
func (c *change) unknown(err error, what string) bool {
	if !errors.Is(err, kube.ErrForbidden) {
		return false
	}
	c.env.Warn("cannot tell " + what + ": " + err.Error())
	return true
}

// loss is what one cluster loses.
func loss(cluster *kubermaticv1.Cluster, seed fleet.Seed) []string {
	lines := []string{fmt.Sprintf("KKP removes Gatekeeper from cluster %s, with", fleet.Title(cluster))}
	templates := "all templates"
	switch {
	case len(seed.Templates) == 1:
		templates = "1 template"
	case seed.Templates != nil:
		templates = fmt.Sprintf("%d templates", len(seed.Templates))
	}
	lines = append(lines, "  "+templates+", and the Config")
	for i := range seed.Constraints {
		constraint := &seed.Constraints[i]
		if constraint.Namespace != cluster.Status.NamespaceName || constraint.Namespace == "" {
			continue
		}
		origin := ""
		if fleet.IsCopy(constraint) {
			origin = ", copy of a Default Constraint"
		}
		lines = append(lines, fmt.Sprintf("  constraint %s (%s%s)", constraint.Name, constraint.Spec.ConstraintType, origin))
	}
	return lines
}

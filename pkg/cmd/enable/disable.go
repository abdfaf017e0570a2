package enable

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
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
	if err == nil {
		err = c.warnEnforced(ctx)
	}
	if err != nil {
		return nil, err
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

// warnEnforced warns where KKP's settings want OPA on all user clusters. A seed
// of its own has none.
func (c *change) warnEnforced(ctx context.Context) error {
	settings, err := c.kkp.Settings(ctx)
	switch {
	case errors.Is(err, kube.ErrNotFound), c.unknown(err, "whether KKP's settings enforce OPA"):
		return nil
	case err != nil:
		return err
	case settings.Spec.OPAOptions.Enforced:
		c.env.Warn("KKP's settings enforce OPA on user clusters (globalsettings, spec.opaOptions.enforced): its dashboard does not let owners switch it off")
	}
	return nil
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

// templates says how many templates go. Those with a selector may be there or
// not: KKP does not remove a template where it stops to select a cluster.
func templates(all []kubermaticv1.ConstraintTemplate) string {
	selective := func(t kubermaticv1.ConstraintTemplate) bool { return policy.Selective(t.Spec.Selector) }
	switch {
	case all == nil:
		return "all templates, and "
	case len(all) == 0:
		return ""
	case slices.ContainsFunc(all, selective):
		return fmt.Sprintf("up to %s, and ", count(len(all), "template"))
	}
	return count(len(all), "template") + ", and "
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// loss is what one cluster loses.
func loss(cluster *kubermaticv1.Cluster, seed fleet.Seed) []string {
	lines := []string{fmt.Sprintf("KKP removes Gatekeeper from cluster %s, with", fleet.Title(cluster)), "  " + templates(seed.Templates) + "the Config"}
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

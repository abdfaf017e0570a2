package enable

import (
	"context"
	"errors"
	"fmt"
	"slices"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// losses lists what KKP removes from each cluster: what is there or, where
// that could not be read, what the seed shows of it.
func (c *change) losses(ctx context.Context, all []contents) ([]string, error) {
	seeds, err := c.seeds(ctx, all)
	if err != nil {
		return nil, err
	}
	if err := c.warnEnforced(ctx); err != nil {
		return nil, err
	}
	lines := []string{}
	for _, one := range all {
		lines = append(lines, fmt.Sprintf("KKP removes Gatekeeper from cluster %s, with", fleet.Title(&one.cluster.Cluster)))
		if one.seen {
			lines = append(lines, c.found(one, seeds[one.cluster.Seed])...)
		} else {
			lines = append(lines, expected(&one.cluster.Cluster, seeds[one.cluster.Seed])...)
		}
	}
	return append(lines, "What was made on the user clusters by hand goes too: KKP deletes Gatekeeper's CRDs."), nil
}

// seeds reads what the seeds hold of KKP's own objects. What the user may not
// read is left out, with a warning.
func (c *change) seeds(ctx context.Context, all []contents) (map[*cli.Seed]fleet.Seed, error) {
	seeds := map[*cli.Seed]fleet.Seed{}
	for _, one := range all {
		seed := one.cluster.Seed
		if _, known := seeds[seed]; known {
			continue
		}
		constraints, err := seed.Constraints(ctx, "")
		if err != nil && !c.unknown(err, "which constraints KKP removes") {
			return nil, err
		}
		seeds[seed] = fleet.Seed{Constraints: constraints}
	}
	templates, err := c.kkp.Templates(ctx)
	if err != nil && !c.unknown(err, "how many templates KKP removes") {
		return nil, err
	}
	for seed, held := range seeds {
		held.Templates = templates
		seeds[seed] = held
	}
	return seeds, nil
}

// expected is what a cluster that was not read loses, as its seed shows it.
func expected(cluster *kubermaticv1.Cluster, seed fleet.Seed) []string {
	lines := []string{"  " + templates(seed.Templates) + "the Config"}
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
	if !c.told[what] {
		c.told[what] = true
		c.env.Warn("cannot tell " + what + ": " + err.Error())
	}
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

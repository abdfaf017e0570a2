package enable

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

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

// found is what a cluster that was read loses: what KKP brings back by itself,
// and what it does not.
func (c *change) found(one contents, seed fleet.Seed) []string {
	kept, lost := split(one, seed)
	if len(kept)+len(lost) == 0 {
		return []string{"  no policies: there are none"}
	}
	lines := indent(kept, "  ")
	if len(lost) > 0 {
		fate := "  made by hand, lost unless backed up (--backup):"
		if c.backup != "" {
			fate = "  made by hand, and then in the backup alone:"
		}
		lines = append(lines, fate)
	}
	return append(lines, indent(lost, "    ")...)
}

// split tells what KKP brings back from what nobody does. Which objects KKP
// has made, only their kinds and names tell; where its own objects could not
// be read, nothing counts as KKP's.
func split(one contents, seed fleet.Seed) (kept, lost []string) {
	templates, constraints, others := sorted(one.objects)
	compared := fleet.Compare(&one.cluster.Cluster, seed, templates, constraints)
	for _, kind := range []struct {
		noun    string
		origin  *fleet.Origin
		objects []*unstructured.Unstructured
		name    func(*unstructured.Unstructured) string
	}{
		{"template ", compared.Templates, templates, (*unstructured.Unstructured).GetName},
		{"constraint ", compared.Constraints, constraints, fleet.ConstraintName},
	} {
		for _, object := range kind.objects {
			line := kind.noun + kind.name(object)
			switch {
			case kind.origin == nil:
				lost = append(lost, line)
			case slices.Contains(kind.origin.InSync, kind.name(object)):
				kept = append(kept, line)
			case slices.Contains(kind.origin.Drifted, kind.name(object)):
				kept = append(kept, line+" (changed here: KKP brings back its own)")
			case slices.Contains(kind.origin.Leftover, kind.name(object)):
				lost = append(lost, line+" (KKP made it, and does not want it here any more)")
			default:
				lost = append(lost, line)
			}
		}
	}
	for _, object := range others {
		lost = append(lost, strings.ToLower(object.GetKind())+" "+strings.TrimPrefix(object.GetNamespace()+"/"+object.GetName(), "/"))
	}
	return kept, lost
}

// sorted tells templates, constraints and all others apart.
func sorted(objects []*unstructured.Unstructured) (templates, constraints, others []*unstructured.Unstructured) {
	for _, object := range objects {
		switch object.GroupVersionKind().Group {
		case policy.TemplatesGroup:
			templates = append(templates, object)
		case policy.ConstraintsGroup:
			constraints = append(constraints, object)
		default:
			others = append(others, object)
		}
	}
	return templates, constraints, others
}

func indent(lines []string, by string) []string {
	indented := make([]string, len(lines))
	for i, line := range lines {
		indented[i] = by + line
	}
	return indented
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

package registry

import (
	"context"
	"errors"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/imagepolicy"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// source returns the prefixes to check by, at least one, and the flavor that
// is in force.
func (o *checkOptions) source(ctx context.Context) ([]imagepolicy.Prefix, imagepolicy.Flavor, error) {
	if len(o.prefixes) > 0 || len(o.registries) > 0 {
		by := o.flavor.offline()
		if fleet.Edition(o.edition.Value) == fleet.Community {
			o.env.Warn(onCommunity(by))
		}
		prefixes, err := offlinePrefixes(ctx, o.env, by, o.prefixes, o.registries)
		return prefixes, by, err
	}
	const offline = "to check without a cluster, give --prefix PREFIX or --registries FILE"
	if o.cluster == "" {
		on, err := o.env.Platform(ctx)
		if err != nil {
			return nil, "", advice.Wrap(err, offline)
		}
		if on == cli.OnKKP {
			kkp, _, err := o.env.KKP(ctx)
			if err != nil {
				return nil, "", advice.Wrap(err, offline)
			}
			return o.fromKKP(ctx, kkp)
		}
	}
	found, err := o.env.Gatekeeper(ctx, o.cluster)
	if err != nil {
		return nil, "", advice.Wrap(err, offline)
	}
	return o.fromGatekeeper(ctx, found)
}

// fromKKP reads the AllowedRegistries of a master.
func (o *checkOptions) fromKKP(ctx context.Context, kkp platform.KKP) ([]imagepolicy.Prefix, imagepolicy.Flavor, error) {
	prefixes, err := livePrefixes(ctx, kkp)
	if err != nil {
		return nil, "", err
	}
	if len(prefixes) == 0 {
		return nil, "", advice.Wrap(fmt.Errorf("%w: there is no AllowedRegistry, so KKP allows every image", cli.ErrNothing),
			"AllowedRegistries live on the master: choose it with --context, or allow one with kubectl opa registry add")
	}
	by, err := o.inForce(ctx, kkp)
	if err != nil {
		return nil, "", err
	}
	warnOf(o.env, by, prefixes)
	return prefixes, by, o.warn(ctx, by, kkp)
}

// inForce is the flavor of --flavor, else that of the template on the master.
// KKP's own template is written in other words than ours: what is not known to
// be hardened is KKP's.
func (o *checkOptions) inForce(ctx context.Context, kkp platform.KKP) (imagepolicy.Flavor, error) {
	if o.flavor.value != "" {
		return o.flavor.offline(), nil
	}
	template, err := kkp.Get(ctx, templatePlace, kubermaticv1.AllowedRegistryName)
	switch {
	case ctx.Err() != nil:
		return "", err
	case errors.Is(err, kube.ErrNotFound):
	case err != nil:
		o.env.Warn("which template decides is unknown, taking it for KKP's own (--flavor says which): " + err.Error())
	case imagepolicy.FlavorOf(template) == imagepolicy.FlavorHardened:
		return imagepolicy.FlavorHardened, nil
	}
	return imagepolicy.FlavorKKP, nil
}

// onCommunity says what the verdicts are worth on the Community Edition.
func onCommunity(by imagepolicy.Flavor) string {
	const nothing = "KKP's Community Edition does nothing with AllowedRegistries: the verdicts are what "
	if by == imagepolicy.FlavorHardened {
		return nothing + "the hardened template would decide"
	}
	return nothing + "the Enterprise Edition would decide"
}

// warn says what keeps the verdicts from being enforced.
func (o *checkOptions) warn(ctx context.Context, by imagepolicy.Flavor, kkp platform.KKP) error {
	const name = "Default Constraint " + kubermaticv1.AllowedRegistryName
	absent := "KKP has not made the " + name + " yet: until then nothing is enforced"
	if o.edition.Resolve(ctx, o.env, kkp) == fleet.Community {
		template, err := kkp.Get(ctx, templatePlace, kubermaticv1.AllowedRegistryName)
		if err != nil || !kept(template) {
			o.env.Warn(onCommunity(by))
			return nil
		}
		absent = "the " + name + " is not there: nothing is enforced until a registry is changed (kubectl opa registry apply)"
	}
	constraint, err := kkp.DefaultConstraint(ctx, kubermaticv1.AllowedRegistryName)
	switch {
	case ctx.Err() != nil:
		return err
	case errors.Is(err, kube.ErrNotFound):
		o.env.Warn(absent)
	case err != nil:
		o.env.Warn("whether the verdicts are enforced is unknown: " + err.Error())
	default:
		for _, reason := range unenforced(constraint.Spec) {
			o.env.Warn("the " + name + " " + reason)
		}
	}
	return nil
}

// unenforced says in what way a Default Constraint denies less than it could.
func unenforced(spec kubermaticv1.ConstraintSpec) []string {
	if spec.Disabled {
		return []string{"is disabled: what is denied here is admitted"}
	}
	reasons := []string{}
	if action := spec.EnforcementAction; action != "" && action != "deny" {
		reasons = append(reasons, fmt.Sprintf("has the enforcement action %s: what is denied here is admitted", action))
	}
	if policy.Selective(spec.Selector) {
		reasons = append(reasons, "has a selector: the user clusters that it does not reach admit every image "+
			"(kubectl opa default targets "+kubermaticv1.AllowedRegistryName+")")
	}
	if match := spec.Match; match != nil && (len(match.Namespaces) > 0 || len(match.ExcludedNamespaces) > 0 ||
		narrows(match.LabelSelector) || narrows(match.NamespaceSelector) || match.Scope == "Cluster") {
		reasons = append(reasons, "does not match every Pod: the others may have every image (spec.match)")
	}
	return reasons
}

// narrows tells whether a selector leaves anything out; an empty one does not.
func narrows(selector *metav1.LabelSelector) bool {
	return selector != nil && len(selector.MatchLabels)+len(selector.MatchExpressions) > 0
}

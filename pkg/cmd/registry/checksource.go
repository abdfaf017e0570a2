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

const onCommunity = "KKP's Community Edition does nothing with AllowedRegistries: the verdicts are what the Enterprise Edition would decide"

// source returns the prefixes to check by, at least one.
func (o *checkOptions) source(ctx context.Context) ([]imagepolicy.Prefix, error) {
	if len(o.prefixes) > 0 || len(o.registries) > 0 {
		if fleet.Edition(o.edition.Value) == fleet.Community {
			o.env.Warn(onCommunity)
		}
		return offlinePrefixes(ctx, o.env, o.prefixes, o.registries)
	}
	kkp, _, err := o.env.KKP(ctx)
	if err != nil {
		return nil, advice.Wrap(err, "to check without a cluster, give --prefix PREFIX or --registries FILE")
	}
	prefixes, err := livePrefixes(ctx, o.env, kkp)
	if err != nil {
		return nil, err
	}
	if len(prefixes) == 0 {
		return nil, advice.Wrap(fmt.Errorf("%w: there is no AllowedRegistry, so KKP allows every image", cli.ErrNothing),
			"AllowedRegistries live on the master: choose it with --context, or allow one with kubectl opa registry add")
	}
	return prefixes, o.warn(ctx, kkp)
}

// warn says what keeps the verdicts from being enforced.
func (o *checkOptions) warn(ctx context.Context, kkp platform.KKP) error {
	if o.edition.Resolve(ctx, o.env, kkp) == fleet.Community {
		o.env.Warn(onCommunity)
		return nil
	}
	const name = "Default Constraint " + kubermaticv1.AllowedRegistryName
	constraint, err := kkp.DefaultConstraint(ctx, kubermaticv1.AllowedRegistryName)
	switch {
	case ctx.Err() != nil:
		return err
	case errors.Is(err, kube.ErrNotFound):
		o.env.Warn("KKP has not made the " + name + " yet: until then nothing is enforced")
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

package registry

import (
	"cmp"
	"context"
	"fmt"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object/gatekeeper"
	"github.com/kubectl-opa/kubectl-opa/pkg/imagepolicy"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// fromGatekeeper reads the one constraint of a cluster with Gatekeeper.
func (o *checkOptions) fromGatekeeper(ctx context.Context, g platform.Gatekeeper) ([]imagepolicy.Prefix, imagepolicy.Flavor, error) {
	state, err := gatekeeper.ReadRegistries(ctx, g)
	if err != nil {
		return nil, "", err
	}
	if state.Constraint == nil {
		return nil, "", advice.Wrap(fmt.Errorf("%w: there is no registry, so every image is allowed", cli.ErrNothing),
			"allow one with kubectl opa registry add")
	}
	by := cmp.Or(o.flavor.value, state.Flavor)
	if by == imagepolicy.FlavorUnknown {
		return nil, "", advice.Errorf("say which one to check by: --flavor hardened or --flavor kkp",
			"template %s is neither KKP's nor the hardened one: somebody else has written or changed it", kubermaticv1.AllowedRegistryName)
	}
	if err := o.warnOfNone(by, state.Prefixes); err != nil {
		return nil, "", err
	}
	warnOf(o.env, by, state.Prefixes)
	constraint, err := platform.Read[kubermaticv1.Constraint](state.Constraint)
	if err != nil {
		return nil, "", err
	}
	enforcement, disabled, err := policy.EnforcementOf(state.Constraint)
	if err != nil {
		return nil, "", err
	}
	if constraint.Spec.Disabled = disabled; enforcement.At(policy.Webhook) != "deny" {
		constraint.Spec.EnforcementAction = enforcement.String()
	}
	for _, reason := range unenforced(constraint.Spec) {
		o.env.Warn("the constraint " + constraint.Name + " " + reason)
	}
	return state.Prefixes, by, nil
}

// warnOfNone tells of a constraint without a prefix, which only others write.
// What KKP's template makes of it hangs on how it was written.
func (o *checkOptions) warnOfNone(by imagepolicy.Flavor, prefixes []imagepolicy.Prefix) error {
	if len(prefixes) > 0 {
		return nil
	}
	const none = "constraint " + kubermaticv1.AllowedRegistryName + " has no prefix"
	if by == imagepolicy.FlavorHardened {
		o.env.Warn(none + ": it denies every image")
		return nil
	}
	return advice.Errorf("allow a registry with kubectl opa registry add, or delete the constraint",
		none+": KKP's template denies every image by an empty list, and none without a list")
}

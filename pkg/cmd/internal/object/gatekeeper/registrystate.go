package gatekeeper

import (
	"context"
	"errors"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/imagepolicy"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// RegistryState is what a cluster has of the registries.
type RegistryState struct {
	// Template and Constraint are nil where they are not there.
	Template, Constraint *unstructured.Unstructured
	Prefixes             []imagepolicy.Prefix
	// Flavor is unknown where there is no template, or somebody else's.
	Flavor imagepolicy.Flavor
}

// ReadRegistries reads what a cluster with Gatekeeper has of the registries.
func ReadRegistries(ctx context.Context, g platform.Gatekeeper) (*RegistryState, error) {
	state := &RegistryState{}
	place, err := g.TemplatesPlace(ctx)
	if err != nil {
		return nil, err
	}
	if state.Template, err = find(ctx, g, place); err != nil {
		return nil, err
	}
	if state.Template != nil {
		state.Flavor = imagepolicy.FlavorOf(state.Template)
	}
	place, served, err := g.ConstraintPlace(ctx, kubermaticv1.AllowedRegistryName)
	if err != nil || !served {
		return state, err
	}
	if state.Constraint, err = find(ctx, g, place); err != nil || state.Constraint == nil {
		return state, err
	}
	state.Prefixes, err = imagepolicy.FromConstraint(state.Constraint)
	return state, err
}

// find is nil where the object of the registries is not there.
func find(ctx context.Context, g platform.Gatekeeper, place platform.Place) (*unstructured.Unstructured, error) {
	found, err := g.Get(ctx, place, kubermaticv1.AllowedRegistryName)
	if errors.Is(err, kube.ErrNotFound) {
		return nil, nil
	}
	return found, err
}

// missingRegistries waits for Gatekeeper to enforce the constraint as it is, by
// the template as it is: under the same constraint the flavor may be another
// one. Both are to be seen by the same number of Pods: at first not all of them
// say something of a new constraint.
func missingRegistries(ctx context.Context, live *object.Live, _ *unstructured.Unstructured) ([]string, error) {
	named := &unstructured.Unstructured{}
	named.SetKind(kubermaticv1.AllowedRegistryName)
	named.SetName(kubermaticv1.AllowedRegistryName)
	if missing, err := missingTemplate(ctx, live, named); err != nil || len(missing) > 0 {
		return missing, err
	}
	if missing, err := missingConstraint(ctx, live, named); err != nil || len(missing) > 0 {
		return missing, err
	}
	state, err := ReadRegistries(ctx, live.Gatekeeper)
	if err != nil || state.Template == nil || state.Constraint == nil {
		return nil, err
	}
	if policy.Observe(state.Constraint).Pods < policy.Observe(state.Template).Pods {
		return []string{"not all of Gatekeeper's Pods enforce constraint " + kubermaticv1.AllowedRegistryName + " yet"}, nil
	}
	return nil, nil
}

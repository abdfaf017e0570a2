package gatekeeper

import (
	"context"
	"errors"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/imagepolicy"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// edit changes the prefixes. It may be called again, where somebody else has
// written meanwhile, and gets a list that is its own.
type edit func([]imagepolicy.Prefix) ([]imagepolicy.Prefix, error)

// write brings the template and the constraint to what an edit makes of the
// registries. Nothing that others write at the same time is lost.
func (s *registryStore) write(ctx context.Context, o kube.ChangeOptions, edit edit) (kube.Outcome, error) {
	state, err := s.read(ctx)
	if err != nil {
		return "", err
	}
	flavor, err := s.chosen(state)
	if err != nil {
		return "", err
	}
	prefixes, err := edit(slices.Clone(state.Prefixes))
	if err != nil || o.Preview {
		return kube.Configured, err
	}
	outcome := kube.Unchanged
	if flavor != state.Flavor {
		s.warnOf(flavor, state.Prefixes)
		outcome = kube.Configured
		if err := s.writeTemplate(ctx, flavor, state.Template, o); err != nil {
			return "", err
		}
	}
	changed, err := s.writeConstraint(ctx, flavor, state, prefixes, o, edit)
	if changed == kube.Unchanged {
		return outcome, err
	}
	return changed, err
}

// warnOf tells which of the registries that are there mean nothing under the
// flavor that comes.
func (s *registryStore) warnOf(flavor imagepolicy.Flavor, prefixes []imagepolicy.Prefix) {
	for _, prefix := range prefixes {
		if _, err := flavor.CheckPrefix(prefix.Text); err != nil {
			s.live.Warn("registry " + prefix.Registry + ": " + err.Error())
		}
	}
}

func (s *registryStore) writeTemplate(ctx context.Context, flavor imagepolicy.Flavor, before *unstructured.Unstructured, o kube.ChangeOptions) error {
	template, _, err := imagepolicy.GatekeeperObjects(flavor, nil, nil)
	if err != nil {
		return err
	}
	place, err := templatesPlace(ctx, s.live, template)
	if err != nil {
		return err
	}
	// It was asked for, or there is none.
	o.Force = true
	_, _, err = s.live.Client.Apply(ctx, place, template, before, o)
	return err
}

func (s *registryStore) writeConstraint(ctx context.Context, flavor imagepolicy.Flavor, state *RegistryState, prefixes []imagepolicy.Prefix, o kube.ChangeOptions, edit edit) (kube.Outcome, error) {
	place := platform.Place{GroupVersionResource: policy.ConstraintResource(kubermaticv1.AllowedRegistryName)}
	switch {
	case state.Constraint == nil && len(prefixes) == 0:
		return kube.Unchanged, nil
	case state.Constraint == nil:
		return s.createConstraint(ctx, place, flavor, prefixes, o, edit)
	case len(prefixes) == 0:
		return kube.Configured, s.deleteConstraint(ctx, place, state.Constraint, o, edit)
	}
	_, outcome, err := s.live.Client.Patch(ctx, place, kubermaticv1.AllowedRegistryName, o, func(constraint *unstructured.Unstructured) error {
		prefixes, err := imagepolicy.FromConstraint(constraint)
		if err == nil {
			prefixes, err = edit(prefixes)
		}
		if err != nil {
			return err
		}
		if len(prefixes) == 0 {
			return errLast
		}
		_, wanted, err := imagepolicy.GatekeeperObjects(flavor, prefixes, constraint)
		if err == nil {
			constraint.Object["spec"] = wanted.Object["spec"]
			constraint.SetAnnotations(wanted.GetAnnotations())
		}
		return err
	})
	if errors.Is(err, kube.ErrNotFound) || errors.Is(err, errLast) {
		// Others have removed the last registry, or all others.
		return s.write(ctx, o, edit)
	}
	return outcome, err
}

// errLast says that no registry is left.
var errLast = errors.New("no registry is left")

// createConstraint makes the first constraint, once its kind is served.
func (s *registryStore) createConstraint(ctx context.Context, place platform.Place, flavor imagepolicy.Flavor, prefixes []imagepolicy.Prefix, o kube.ChangeOptions, edit edit) (kube.Outcome, error) {
	_, constraint, err := imagepolicy.GatekeeperObjects(flavor, prefixes, nil)
	if err != nil {
		return "", err
	}
	_, served, err := s.live.Gatekeeper.ConstraintPlace(ctx, constraint.GetKind())
	if err != nil {
		return "", err
	}
	if !served && o.DryRun {
		// A dry run makes no kind.
		return kube.Configured, nil
	}
	if err := s.live.Wait(ctx, func(ctx context.Context) ([]string, error) { return unservedKind(ctx, s.live, constraint) }); err != nil {
		return "", err
	}
	_, err = s.live.Client.Create(ctx, place, constraint, o)
	if errors.Is(err, kube.ErrExists) {
		// Somebody else was faster.
		return s.write(ctx, o, edit)
	}
	return kube.Configured, err
}

// deleteConstraint removes the constraint as it was read, or edits it where it
// is another one by now.
func (s *registryStore) deleteConstraint(ctx context.Context, place platform.Place, read *unstructured.Unstructured, o kube.ChangeOptions, edit edit) error {
	o.ResourceVersion = read.GetResourceVersion()
	err := s.live.Client.Delete(ctx, place, read.GetName(), o)
	if errors.Is(err, kube.ErrConflict) || errors.Is(err, kube.ErrNotFound) {
		_, err = s.write(ctx, o, edit)
	}
	return err
}

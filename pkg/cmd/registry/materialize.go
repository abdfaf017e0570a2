package registry

import (
	"context"
	"errors"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/imagepolicy"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// materializing makes, of all AllowedRegistries, the template and the Default
// Constraint that KKP's Enterprise Edition would make.
type materializing struct {
	live    *object.Live
	options kube.ChangeOptions
	flavor  imagepolicy.Flavor
	done    []cli.Change
}

// run takes over the objects that are there: they are named for this alone.
func (m *materializing) run(ctx context.Context, before *unstructured.Unstructured) error {
	m.options.Force = true
	template := imagepolicy.Template(m.flavor)
	template.Annotations = map[string]string{policy.AnnotationFlavor: string(m.flavor)}
	object, err := policy.TemplateObject(template)
	if err != nil {
		return err
	}
	if err := m.apply(ctx, templatePlace, object, before); err != nil {
		return err
	}
	for {
		registries, err := m.live.Registries(ctx)
		if err != nil {
			return err
		}
		if err := m.follow(ctx, registries); err != nil {
			return err
		}
		// Who adds another one meanwhile may have been faster with the constraint:
		// then it lacks that one now.
		now, err := m.live.Registries(ctx)
		if err != nil || slices.Equal(prefixesOf(registries), prefixesOf(now)) {
			return err
		}
	}
}

// follow makes the Default Constraint that of these registries.
func (m *materializing) follow(ctx context.Context, registries []kubermaticv1.AllowedRegistry) error {
	existing, err := find(ctx, m.live, constraintPlace)
	if err != nil {
		return err
	}
	if len(registries) == 0 {
		return m.remove(ctx, existing)
	}
	return m.applyConstraint(ctx, registries, existing)
}

// prefixesOf are those of the registries, sorted.
func prefixesOf(registries []kubermaticv1.AllowedRegistry) []string {
	prefixes := []string{}
	for i := range registries {
		prefixes = append(prefixes, registries[i].Spec.RegistryPrefix)
	}
	slices.Sort(prefixes)
	return prefixes
}

func (m *materializing) applyConstraint(ctx context.Context, registries []kubermaticv1.AllowedRegistry, existing *unstructured.Unstructured) error {
	var known *kubermaticv1.Constraint
	if existing != nil {
		var err error
		if known, err = platform.Read[kubermaticv1.Constraint](existing); err != nil {
			return err
		}
	}
	object, err := policy.ConstraintObject(imagepolicy.KKPConstraint(prefixesOf(registries), known))
	if err != nil {
		return err
	}
	return m.apply(ctx, constraintPlace, object, existing)
}

// remove deletes the Default Constraint with the last registry: the Community
// Edition does not look at disabled, and an empty list would deny every Pod.
func (m *materializing) remove(ctx context.Context, existing *unstructured.Unstructured) error {
	if existing == nil {
		return nil
	}
	err := m.live.Client.Delete(ctx, constraintPlace, existing.GetName(), m.options)
	if errors.Is(err, kube.ErrNotFound) {
		return nil // Somebody else was faster.
	}
	if err != nil {
		return err
	}
	m.note(existing, kube.Deleted)
	return nil
}

func (m *materializing) apply(ctx context.Context, place platform.Place, object, before *unstructured.Unstructured) error {
	result, outcome, err := m.live.Client.Apply(ctx, place, object, before, m.options)
	if err != nil {
		return err
	}
	if outcome != kube.Unchanged {
		m.note(result, outcome)
	}
	return nil
}

// note keeps what was done with an object at last.
func (m *materializing) note(object *unstructured.Unstructured, outcome kube.Outcome) {
	m.done = slices.DeleteFunc(m.done, func(c cli.Change) bool { return c.Object.GetKind() == object.GetKind() })
	m.done = append(m.done, cli.Change{Object: object, Outcome: outcome})
}

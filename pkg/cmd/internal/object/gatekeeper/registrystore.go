package gatekeeper

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/imagepolicy"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
)

// registryStore keeps registries in one constraint.
type registryStore struct {
	live   *object.Live
	flavor imagepolicy.Flavor
}

func (s *registryStore) read(ctx context.Context) (*RegistryState, error) {
	return ReadRegistries(ctx, s.live.Gatekeeper)
}

// Get implements object.Store.
func (s *registryStore) Get(ctx context.Context, _ platform.Place, name string) (*unstructured.Unstructured, error) {
	state, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	if i := index(state.Prefixes, name); i >= 0 {
		return registryObject(state.Prefixes[i]), nil
	}
	return nil, missing(name)
}

// List implements object.Store. Registries have no labels.
func (s *registryStore) List(ctx context.Context, _ platform.Place, labelSelector string) ([]*unstructured.Unstructured, error) {
	selector, err := labels.Parse(labelSelector)
	if err != nil {
		return nil, err
	}
	state, err := s.read(ctx)
	if err != nil || !selector.Matches(labels.Set{}) {
		return nil, err
	}
	found := []*unstructured.Unstructured{}
	for _, prefix := range state.Prefixes {
		found = append(found, registryObject(prefix))
	}
	return found, nil
}

// Create implements object.Store.
func (s *registryStore) Create(ctx context.Context, _ platform.Place, registry *unstructured.Unstructured, o kube.ChangeOptions) (*unstructured.Unstructured, error) {
	_, err := s.write(ctx, o, func(prefixes []imagepolicy.Prefix) ([]imagepolicy.Prefix, error) {
		if index(prefixes, registry.GetName()) >= 0 {
			return nil, fmt.Errorf("creating %s: %w", registries.Object(registry.GetName()), kube.ErrExists)
		}
		return append(prefixes, prefixOf(registry)), nil
	})
	return registry, err
}

// Apply implements object.Store.
func (s *registryStore) Apply(ctx context.Context, _ platform.Place, registry, before *unstructured.Unstructured, o kube.ChangeOptions) (*unstructured.Unstructured, kube.Outcome, error) {
	outcome, err := s.write(ctx, o, func(prefixes []imagepolicy.Prefix) ([]imagepolicy.Prefix, error) {
		if i := index(prefixes, registry.GetName()); i >= 0 {
			prefixes[i] = prefixOf(registry)
			return prefixes, nil
		}
		return append(prefixes, prefixOf(registry)), nil
	})
	if before == nil {
		outcome = kube.Created
	}
	return registry, outcome, err
}

// Patch implements object.Store.
func (s *registryStore) Patch(ctx context.Context, _ platform.Place, name string, o kube.ChangeOptions,
	change func(*unstructured.Unstructured) error,
) (*unstructured.Unstructured, kube.Outcome, error) {
	var registry *unstructured.Unstructured
	outcome, err := s.write(ctx, o, func(prefixes []imagepolicy.Prefix) ([]imagepolicy.Prefix, error) {
		i := index(prefixes, name)
		if i < 0 {
			return nil, missing(name)
		}
		registry = registryObject(prefixes[i])
		if err := change(registry); err != nil {
			return nil, err
		}
		prefixes[i] = prefixOf(registry)
		return prefixes, nil
	})
	return registry, outcome, err
}

// Delete implements object.Store. With the last registry the constraint goes:
// an empty list would deny every Pod.
func (s *registryStore) Delete(ctx context.Context, _ platform.Place, name string, o kube.ChangeOptions) error {
	_, err := s.write(ctx, o, func(prefixes []imagepolicy.Prefix) ([]imagepolicy.Prefix, error) {
		i := index(prefixes, name)
		if i < 0 {
			return nil, missing(name)
		}
		return slices.Delete(prefixes, i, i+1), nil
	})
	return err
}

func index(prefixes []imagepolicy.Prefix, name string) int {
	return slices.IndexFunc(prefixes, func(p imagepolicy.Prefix) bool { return p.Registry == name && name != "" })
}

func missing(name string) error {
	return fmt.Errorf("getting %s: %w", registries.Object(name), kube.ErrNotFound)
}

// chosen is the flavor to write: the one that was asked for, else that of the
// template that is there, else the hardened one. A template that somebody else
// has written is not replaced unasked.
func (s *registryStore) chosen(state *RegistryState) (imagepolicy.Flavor, error) {
	switch {
	case s.flavor != imagepolicy.FlavorUnknown:
		return s.flavor, nil
	case state.Template == nil:
		return imagepolicy.FlavorHardened, nil
	case state.Flavor == imagepolicy.FlavorUnknown:
		return state.Flavor, advice.Errorf("to replace it: --flavor hardened or --flavor kkp",
			"template %s is neither KKP's nor the hardened one: somebody else has written or changed it", kubermaticv1.AllowedRegistryName)
	}
	return state.Flavor, nil
}

package platform

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
)

// KKP is Kubermatic Kubernetes Platform, seen through one of its clusters: a
// master, a seed, or both in one.
type KKP struct {
	Reader
}

// Clusters returns all user clusters of this seed.
func (k KKP) Clusters(ctx context.Context) ([]kubermaticv1.Cluster, error) {
	return k.ClustersWith(ctx, "")
}

// ClustersWith returns the user clusters of this seed that have these labels.
func (k KKP) ClustersWith(ctx context.Context, labelSelector string) ([]kubermaticv1.Cluster, error) {
	return list[kubermaticv1.Cluster](ctx, k, Place{GroupVersionResource: kubermaticv1.Clusters}, labelSelector)
}

// Templates returns all ConstraintTemplates.
func (k KKP) Templates(ctx context.Context) ([]kubermaticv1.ConstraintTemplate, error) {
	return list[kubermaticv1.ConstraintTemplate](ctx, k, Place{GroupVersionResource: kubermaticv1.ConstraintTemplates}, "")
}

// Constraints returns the Constraints of a namespace, or of all namespaces.
func (k KKP) Constraints(ctx context.Context, namespace string) ([]kubermaticv1.Constraint, error) {
	return list[kubermaticv1.Constraint](ctx, k, Place{kubermaticv1.Constraints, namespace}, "")
}

// DefaultConstraint returns one Default Constraint.
func (k KKP) DefaultConstraint(ctx context.Context, name string) (*kubermaticv1.Constraint, error) {
	place := Place{kubermaticv1.Constraints, kubermaticv1.Namespace}
	object, err := k.Get(ctx, place, name)
	if err != nil {
		return nil, err
	}
	return Read[kubermaticv1.Constraint](object)
}

// Registries returns all AllowedRegistries that are not being deleted.
func (k KKP) Registries(ctx context.Context) ([]kubermaticv1.AllowedRegistry, error) {
	all, err := list[kubermaticv1.AllowedRegistry](ctx, k, Place{GroupVersionResource: kubermaticv1.AllowedRegistries}, "")
	kept := []kubermaticv1.AllowedRegistry{}
	for i := range all {
		if all[i].DeletionTimestamp == nil {
			kept = append(kept, all[i])
		}
	}
	return kept, err
}

// Edition reads from the KubermaticConfiguration which edition runs. The error
// says what could not be read; the edition is then Unknown.
func (k KKP) Edition(ctx context.Context) (fleet.Edition, error) {
	configurations, err := list[kubermaticv1.KubermaticConfiguration](ctx, k, Place{kubermaticv1.KubermaticConfigurations, kubermaticv1.Namespace}, "")
	if err != nil {
		return fleet.Unknown, err
	}
	for i := range configurations {
		switch edition := configurations[i].Status.KubermaticEdition; edition {
		case kubermaticv1.EditionCommunity:
			return fleet.Community, nil
		case kubermaticv1.EditionEnterprise:
			return fleet.Enterprise, nil
		}
	}
	return fleet.Unknown, fmt.Errorf("no KubermaticConfiguration in namespace %s says in its status which edition runs", kubermaticv1.Namespace)
}

// Settings returns the switches of KKP's dashboard. They live on the master:
// on a seed of its own, and where nobody has set any, they are not found.
func (k KKP) Settings(ctx context.Context) (*kubermaticv1.KubermaticSetting, error) {
	object, err := k.Get(ctx, Place{GroupVersionResource: kubermaticv1.KubermaticSettings}, kubermaticv1.KubermaticSettingName)
	if err != nil {
		return nil, err
	}
	return Read[kubermaticv1.KubermaticSetting](object)
}

func list[T any](ctx context.Context, k KKP, place Place, labelSelector string) ([]T, error) {
	objects, err := k.List(ctx, place, labelSelector)
	if err != nil {
		return nil, err
	}
	values := make([]T, 0, len(objects))
	for _, object := range objects {
		value, err := Read[T](object)
		if err != nil {
			return nil, err
		}
		values = append(values, *value)
	}
	return values, nil
}

// Read reads an object that the server holds. Fields that the type does not
// know are left out.
func Read[T any](object *unstructured.Unstructured) (*T, error) {
	value := new(T)
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, value); err != nil {
		return nil, fmt.Errorf("reading %s %q: %w", object.GetKind(), object.GetName(), err)
	}
	return value, nil
}

package platform

import (
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
)

var secrets = schema.GroupVersionResource{Version: "v1", Resource: "secrets"}

// Seeds returns the seeds of a master, sorted by name. A seed of its own knows
// of none.
func (k KKP) Seeds(ctx context.Context) ([]kubermaticv1.Seed, error) {
	seeds, err := list[kubermaticv1.Seed](ctx, k, Place{kubermaticv1.Seeds, kubermaticv1.Namespace}, "")
	slices.SortFunc(seeds, func(a, b kubermaticv1.Seed) int { return strings.Compare(a.Name, b.Name) })
	return seeds, err
}

// SeedKubeconfig reads, on the master, the kubeconfig of a seed.
func (k KKP) SeedKubeconfig(ctx context.Context, seed *kubermaticv1.Seed) ([]byte, error) {
	reference := seed.Spec.Kubeconfig
	key := reference.FieldPath
	if key == "" {
		key = kubermaticv1.KubeconfigKey
	}
	if reference.Name == "" {
		return nil, advice.Errorf("set spec.kubeconfig of the Seed", "seed %q names no Secret with its kubeconfig", seed.Name)
	}
	namespace := reference.Namespace
	if namespace == "" {
		namespace = seed.Namespace
	}
	text, err := k.kubeconfig(ctx, namespace, reference.Name, key)
	if err != nil {
		return nil, fmt.Errorf("reading the kubeconfig of seed %q: %w", seed.Name, err)
	}
	return text, nil
}

// UserKubeconfig reads, on the seed that hosts it, the kubeconfig of the user
// cluster that has this namespace.
func (k KKP) UserKubeconfig(ctx context.Context, namespace string) ([]byte, error) {
	text, err := k.kubeconfig(ctx, namespace, kubermaticv1.AdminKubeconfigSecret, kubermaticv1.KubeconfigKey)
	if err != nil {
		return nil, fmt.Errorf("reading the kubeconfig of the user cluster in namespace %s: %w", namespace, err)
	}
	return text, nil
}

// kubeconfig reads one key of a Secret. Errors name keys, never values.
func (k KKP) kubeconfig(ctx context.Context, namespace, name, key string) ([]byte, error) {
	place := Place{secrets, namespace}
	secret, err := k.Get(ctx, place, name)
	if err != nil {
		return nil, err
	}
	data, _, _ := unstructured.NestedMap(secret.Object, "data")
	encoded, _ := data[key].(string)
	text, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(text) == 0 {
		next := "the Secret is empty"
		if len(data) > 0 {
			next = "it has: " + strings.Join(slices.Sorted(maps.Keys(data)), ", ")
		}
		return nil, advice.Errorf(next, "%s has no kubeconfig under the key %q", place.Object(name), key)
	}
	return text, nil
}

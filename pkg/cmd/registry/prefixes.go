package registry

import (
	"context"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	nouns "github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object/kkp"
	"github.com/kubectl-opa/kubectl-opa/pkg/imagepolicy"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
)

// offlinePrefixes are the prefixes of flags, which have no name, after those
// of AllowedRegistries in manifests. An empty one is refused.
func offlinePrefixes(ctx context.Context, env *cli.Env, texts, paths []string) ([]imagepolicy.Prefix, error) {
	for _, text := range texts {
		if err := imagepolicy.CheckPrefix(text); err != nil {
			return nil, err
		}
	}
	prefixes := []imagepolicy.Prefix{}
	if len(paths) > 0 {
		documents, err := manifest.Load(paths, env.In)
		if err != nil {
			return nil, err
		}
		intents, err := object.ReadAll(ctx, env, nouns.Registries(), documents)
		if err != nil {
			return nil, err
		}
		for _, intent := range intents {
			text, _, _ := unstructured.NestedString(intent.Object.Object, "spec", "registryPrefix")
			prefixes = append(prefixes, imagepolicy.Prefix{Registry: intent.Object.GetName(), Text: text})
		}
	}
	for _, text := range texts {
		prefixes = append(prefixes, imagepolicy.Prefix{Text: text})
	}
	return prefixes, nil
}

// livePrefixes are the prefixes of the AllowedRegistries on the cluster. One
// that is empty is there already: that is told, not refused.
func livePrefixes(ctx context.Context, env *cli.Env, kkp platform.KKP) ([]imagepolicy.Prefix, error) {
	registries, err := kkp.Registries(ctx)
	if err != nil {
		return nil, err
	}
	prefixes := []imagepolicy.Prefix{}
	for i := range registries {
		prefix := imagepolicy.Prefix{Registry: registries[i].Name, Text: registries[i].Spec.RegistryPrefix}
		if err := imagepolicy.CheckPrefix(prefix.Text); err != nil {
			env.Warn("registry " + prefix.Registry + ": " + err.Error())
		}
		prefixes = append(prefixes, prefix)
	}
	return prefixes, nil
}

package registry

import (
	"context"
	"errors"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	nouns "github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object/kkp"
	"github.com/kubectl-opa/kubectl-opa/pkg/imagepolicy"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// offlinePrefixes are the prefixes of flags, which have no name, after those
// of AllowedRegistries in manifests. One that means nothing under the flavor is
// refused.
func offlinePrefixes(ctx context.Context, env *cli.Env, by imagepolicy.Flavor, texts, paths []string) ([]imagepolicy.Prefix, error) {
	given := []imagepolicy.Prefix{}
	for _, text := range texts {
		if err := checkPrefix(env, by, text); err != nil {
			return nil, err
		}
		given = append(given, imagepolicy.Prefix{Text: text})
	}
	if len(paths) == 0 {
		return given, nil
	}
	documents, err := manifest.Load(paths, env.In)
	if err != nil {
		return nil, err
	}
	intents, err := object.ReadAll(ctx, env, nouns.Registries(), documents)
	if err != nil {
		return nil, err
	}
	prefixes, failed := []imagepolicy.Prefix{}, []error{}
	for _, intent := range intents {
		text, _, _ := unstructured.NestedString(intent.Object.Object, "spec", "registryPrefix")
		failed = append(failed, explain(intent.Document, checkPrefix(env, by, text)))
		prefixes = append(prefixes, imagepolicy.Prefix{Registry: intent.Object.GetName(), Text: text})
	}
	return append(prefixes, given...), errors.Join(failed...)
}

func checkPrefix(env *cli.Env, by imagepolicy.Flavor, text string) error {
	note, err := by.CheckPrefix(text)
	if note != "" {
		env.Warn(note)
	}
	return err
}

// explain says where the prefix of a manifest stands. A nil err stays nil.
func explain(document manifest.Document, err error) error {
	if err == nil {
		return nil
	}
	wrong := object.Explain(document, &policy.FieldError{Path: []any{"spec", "registryPrefix"}, Problem: err.Error()})
	return advice.Wrap(wrong, "%s", strings.Join(advice.Next(err), "; "))
}

// livePrefixes are the prefixes of the AllowedRegistries on the cluster.
func livePrefixes(ctx context.Context, kkp platform.KKP) ([]imagepolicy.Prefix, error) {
	registries, err := kkp.Registries(ctx)
	if err != nil {
		return nil, err
	}
	prefixes := []imagepolicy.Prefix{}
	for i := range registries {
		prefixes = append(prefixes, imagepolicy.Prefix{Registry: registries[i].Name, Text: registries[i].Spec.RegistryPrefix})
	}
	return prefixes, nil
}

// warnOf tells which prefixes mean nothing under the flavor: they are on the
// cluster already, and nothing is gained by refusing them.
func warnOf(env *cli.Env, by imagepolicy.Flavor, prefixes []imagepolicy.Prefix) {
	for _, prefix := range prefixes {
		note, err := by.CheckPrefix(prefix.Text)
		if err != nil {
			note = err.Error()
		}
		if note != "" {
			env.Warn("registry " + prefix.Registry + ": " + note)
		}
	}
}

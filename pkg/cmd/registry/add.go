package registry

import (
	"context"

	"github.com/spf13/cobra"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/imagepolicy"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

func newAdd(env *cli.Env, noun object.Noun) *cobra.Command {
	command := &cobra.Command{
		Use:     "add NAME PREFIX",
		Short:   "Allow images whose name begins with a prefix",
		Example: "  kubectl opa registry add quay quay.io",
		Args:    cli.Args(2, 2),
	}
	object.Post(env, noun, command, func(args []string) (manifest.Document, error) {
		if err := imagepolicy.CheckPrefix(args[1]); err != nil {
			return manifest.Document{}, err
		}
		return manifest.New(map[string]any{
			"apiVersion": kubermaticv1.GroupVersion.String(), "kind": kubermaticv1.KindAllowedRegistry,
			"metadata": map[string]any{"name": args[0]},
			"spec":     map[string]any{"registryPrefix": args[1]},
		}), nil
	})
	return command
}

func read(_ context.Context, document manifest.Document) (object.Intent, error) {
	intent := object.Intent{Position: document.Position}
	registry, err := policy.ReadRegistry(document.Object())
	if err != nil {
		return intent, object.Explain(document, err)
	}
	if err := imagepolicy.CheckPrefix(registry.Spec.RegistryPrefix); err != nil {
		return intent, object.Explain(document, &policy.FieldError{Path: []any{"spec", "registryPrefix"}, Problem: err.Error()})
	}
	intent.Object, err = policy.RegistryObject(registry)
	return intent, err
}

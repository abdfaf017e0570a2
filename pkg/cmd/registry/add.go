package registry

import (
	"github.com/spf13/cobra"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
)

func newAdd(env *cli.Env, nouns object.Nouns) *cobra.Command {
	command := &cobra.Command{
		Use:     "add NAME PREFIX",
		Short:   "Allow images whose name begins with a prefix",
		Example: "  kubectl opa registry add quay quay.io/",
		Args:    cli.Args(2, 2),
	}
	object.Post(env, nouns, command, func(args []string) (manifest.Document, error) {
		return manifest.New(map[string]any{
			"apiVersion": kubermaticv1.GroupVersion.String(), "kind": kubermaticv1.KindAllowedRegistry,
			"metadata": map[string]any{"name": args[0]},
			"spec":     map[string]any{"registryPrefix": args[1]},
		}), nil
	})
	return command
}

func newSet(env *cli.Env, nouns object.Nouns) *cobra.Command {
	command := &cobra.Command{
		Use:     "set NAME PREFIX",
		Short:   "Change the prefix of a registry",
		Example: "  kubectl opa registry set quay quay.io/kubermatic/",
		Args:    cli.Args(2, 2),
	}
	object.SetTo(env, nouns, command, func(args []string, document manifest.Document) (manifest.Document, error) {
		document.Spec()["registryPrefix"] = args[0]
		return document, nil
	})
	return command
}

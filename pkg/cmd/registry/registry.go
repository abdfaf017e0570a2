// Package registry is kubectl opa registry: the image registries that KKP
// allows on user clusters.
package registry

import (
	"github.com/spf13/cobra"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object/kkp"
)

// New makes the command.
func New(env *cli.Env) *cobra.Command {
	command := cli.Group(&cobra.Command{
		Use:     "registry",
		Aliases: []string{"registries"},
		Short:   "Work with the image registries that user clusters may use",
		Long: "Work with KKP's AllowedRegistries. From all of them together KKP's Enterprise Edition makes one\n" +
			"ConstraintTemplate and one Default Constraint, both named allowedregistry.",
	})
	nouns := object.Nouns{KKP: kkp.Registries()}
	command.AddCommand(
		newAdd(env, nouns),
		newSet(env, nouns),
		object.List(env, nouns),
		object.Get(env, nouns),
		object.Apply(env, nouns),
		object.Delete(env, nouns, "remove"),
		newCheck(env),
		newRender(env),
	)
	return command
}

// Package registry is kubectl opa registry: the image registries that KKP
// allows on user clusters.
package registry

import (
	"github.com/spf13/cobra"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
)

// New makes the command.
func New(env *cli.Env) *cobra.Command {
	command := cli.Group(&cobra.Command{
		Use:     "registry",
		Aliases: []string{"registries"},
		Short:   "Work with the image registries that clusters may use",
		Long: "Work with the image registries that clusters may use. One template and one constraint enforce all of\n" +
			"them together, both named allowedregistry.\n\n" +
			"On KKP each registry is an AllowedRegistry. KKP's Enterprise Edition makes the template and a\n" +
			"Default Constraint of them; for the Community Edition, this command does with --materialize.\n\n" +
			"On a cluster with Gatekeeper this command keeps both, and the names of the registries with them. The\n" +
			"template is the hardened one: it reads images as the container runtime does.",
	})
	k := &keeping{env: env}
	nouns := object.Nouns{KKP: k.kkp(), Gatekeeper: k.gatekeeper()}
	command.AddCommand(
		k.addFlags(newAdd(env, nouns)),
		k.addFlags(newSet(env, nouns)),
		object.List(env, nouns),
		object.Get(env, nouns),
		k.addFlags(object.Apply(env, nouns)),
		k.addFlags(object.Delete(env, nouns, "remove")),
		newCheck(env),
		newRender(env),
	)
	return command
}

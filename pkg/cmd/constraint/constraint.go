// Package constraint is kubectl opa constraint: the constraints of single user
// clusters on KKP.
package constraint

import (
	"github.com/spf13/cobra"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object/fields"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object/gatekeeper"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object/kkp"
)

const example = `  kubectl opa constraint create ns-must-have-gk -c my-cluster --type K8sRequiredLabels \
    --match-kind Namespace --param 'labels=["gatekeeper"]'
  kubectl opa constraint create ns-must-have-gk -c my-cluster --spec spec.yaml
  kubectl opa constraint create -f constraint.yaml`

const setExample = `  kubectl opa constraint set ns-must-have-gk -c my-cluster --enforcement warn --param 'labels=["team"]'
  kubectl opa constraint set ns-must-have-gk -c my-cluster --exclude-namespace kube-system --selector ''`

// New makes the command.
func New(env *cli.Env) *cobra.Command {
	command := cli.Group(&cobra.Command{
		Use:     "constraint",
		Aliases: []string{"constraints"},
		Short:   "Work with the constraints of one cluster",
		Long: "Work with the constraints of one cluster: on KKP with KKP's Constraints of one user cluster (-c; for\n" +
			"all of them see kubectl opa default), on any other cluster with Gatekeeper's own. With\n" +
			"--platform gatekeeper, -c leads to Gatekeeper's own objects on the user cluster.\n\n" +
			"Of Gatekeeper's own, several kinds may have a constraint of one name: KIND/NAME tells them apart.",
	})
	nouns := object.Nouns{KKP: kkp.Constraints(), Gatekeeper: gatekeeper.Constraints()}
	command.AddCommand(
		object.List(env, nouns),
		object.Get(env, nouns),
		object.Create(env, nouns, &fields.Constraint{Env: env}, example),
		object.Apply(env, nouns),
		object.Set(env, nouns, &fields.Constraint{Env: env}, setExample),
		object.Switch(env, nouns, true),
		object.Switch(env, nouns, false),
		object.Delete(env, nouns, "delete"),
		object.Render(env, nouns),
	)
	return command
}

// Package constraint is kubectl opa constraint: the constraints of single user
// clusters on KKP.
package constraint

import (
	"github.com/spf13/cobra"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
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
		Short:   "Work with the constraints of one user cluster",
		Long:    "Work with KKP's Constraints of one user cluster (-c). For all clusters at once: kubectl opa default.",
	})
	noun := kkp.Constraints()
	command.AddCommand(
		object.List(env, noun),
		object.Get(env, noun),
		object.Create(env, noun, &kkp.ConstraintFlags{Env: env}, example),
		object.Apply(env, noun),
		object.Set(env, noun, &kkp.ConstraintFlags{Env: env}, setExample),
		object.Switch(env, noun, true),
		object.Switch(env, noun, false),
		object.Delete(env, noun, "delete"),
		object.Render(env, noun, kkp.RenderConstraint),
	)
	return command
}

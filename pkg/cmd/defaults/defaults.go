// Package defaults is kubectl opa default: KKP's Default Constraints, which
// reach all user clusters that their selector names.
package defaults

import (
	"github.com/spf13/cobra"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object/kkp"
)

const example = `  kubectl opa default create ns-must-have-gk --type K8sRequiredLabels --match-kind Namespace \
    --param 'labels=["gatekeeper"]' --provider aws,gcp --cluster-selector filtered=true
  kubectl opa default create ns-must-have-gk --spec spec.yaml`

const setExample = `  kubectl opa default set ns-must-have-gk --provider aws,gcp --cluster-selector env=prod
  kubectl opa default set ns-must-have-gk --enforcement warn --provider '' --param max=`

// New makes the command.
func New(env *cli.Env) *cobra.Command {
	command := cli.Group(&cobra.Command{
		Use:     "default",
		Aliases: []string{"defaults"},
		Short:   "Work with Default Constraints, for all user clusters at once",
		Long: "Work with KKP's Default Constraints: constraints on the master that KKP copies to every selected\n" +
			"user cluster.",
	})
	noun := kkp.Defaults()
	flags := func() *kkp.ConstraintFlags {
		return &kkp.ConstraintFlags{Env: env, Selector: &kkp.SelectorFlags{}}
	}
	command.AddCommand(
		object.List(env, noun),
		object.Get(env, noun),
		object.Create(env, noun, flags(), example),
		object.Apply(env, noun),
		object.Set(env, noun, flags(), setExample),
		object.Switch(env, noun, true),
		object.Switch(env, noun, false),
		object.Delete(env, noun, "delete"),
		object.Render(env, noun, kkp.RenderConstraint),
		newTargets(env),
	)
	return command
}

// Package defaults is kubectl opa default: KKP's Default Constraints, which
// reach all user clusters that their selector names.
package defaults

import (
	"github.com/spf13/cobra"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object/fields"
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
	nouns := object.Nouns{
		KKP: kkp.Defaults(),
		Instead: "a Default Constraint is KKP's constraint for many user clusters; here, make a constraint on each cluster: " +
			"kubectl opa constraint, with --context",
	}
	flags := func() *fields.Constraint {
		return &fields.Constraint{Env: env, Selector: &fields.Selector{}}
	}
	command.AddCommand(
		object.List(env, nouns),
		object.Get(env, nouns),
		object.Create(env, nouns, flags(), example),
		object.Apply(env, nouns),
		object.Set(env, nouns, flags(), setExample),
		object.Switch(env, nouns, true),
		object.Switch(env, nouns, false),
		object.Delete(env, nouns, "delete"),
		object.Render(env, nouns),
		newTargets(env),
	)
	return command
}

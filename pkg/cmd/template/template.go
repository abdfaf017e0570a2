// Package template is kubectl opa template: KKP's ConstraintTemplates.
package template

import (
	"github.com/spf13/cobra"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object/gatekeeper"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object/kkp"
)

const example = `  kubectl opa template create k8srequiredlabels --kind K8sRequiredLabels --rego policy.rego \
    --param 'labels:[]string'
  kubectl opa template create k8srequiredlabels --spec spec.yaml
  kubectl opa template create -f template.yaml`

const setExample = `  kubectl opa template set k8srequiredlabels --provider aws,gcp --cluster-selector env=prod
  kubectl opa template set k8srequiredlabels --rego policy.rego`

// New makes the command.
func New(env *cli.Env) *cobra.Command {
	command := cli.Group(&cobra.Command{
		Use:     "template",
		Aliases: []string{"templates", "ct"},
		Short:   "Work with ConstraintTemplates",
		Long: "Work with ConstraintTemplates: on a KKP master with KKP's own, which KKP copies to all user clusters\n" +
			"with OPA; on any other cluster, and with -c on a user cluster, with Gatekeeper's.",
	})
	nouns := object.Nouns{KKP: kkp.Templates(), Gatekeeper: gatekeeper.Templates()}
	command.AddCommand(
		object.List(env, nouns),
		object.Get(env, nouns),
		object.Create(env, nouns, &builder{env: env}, example),
		object.Apply(env, nouns),
		object.Set(env, nouns, &builder{env: env}, setExample),
		object.Delete(env, nouns, "delete"),
		object.Render(env, nouns),
	)
	return command
}

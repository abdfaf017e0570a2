// Package template is kubectl opa template: KKP's ConstraintTemplates.
package template

import (
	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object/kkp"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
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
		Long:    "Work with the ConstraintTemplates on a KKP master, which KKP copies to all user clusters with OPA.",
	})
	noun := kkp.Templates()
	command.AddCommand(
		object.List(env, noun),
		object.Get(env, noun),
		object.Create(env, noun, &builder{env: env}, example),
		object.Apply(env, noun),
		object.Set(env, noun, &builder{env: env}, setExample),
		object.Delete(env, noun, "delete"),
		object.Render(env, noun, render),
	)
	return command
}

func render(object *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	template, _, err := policy.ReadTemplate(object)
	if err != nil {
		return nil, err
	}
	return policy.GatekeeperTemplate(template)
}

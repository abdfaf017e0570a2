// Package template is kubectl opa template: KKP's ConstraintTemplates.
package template

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/compile"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

const example = `  kubectl opa template create k8srequiredlabels --kind K8sRequiredLabels --rego policy.rego \
    --param 'labels:[]string'
  kubectl opa template create k8srequiredlabels --spec spec.yaml
  kubectl opa template create -f template.yaml`

// New makes the command.
func New(env *cli.Env) *cobra.Command {
	command := cli.Group(&cobra.Command{
		Use:     "template",
		Aliases: []string{"templates", "ct"},
		Short:   "Work with ConstraintTemplates",
		Long:    "Work with the ConstraintTemplates on a KKP master, which KKP copies to all user clusters with OPA.",
	})
	noun := noun()
	command.AddCommand(
		object.List(env, noun),
		object.Get(env, noun),
		object.Create(env, noun, &builder{env: env}, example),
		object.Apply(env, noun),
		object.Delete(env, noun, "delete"),
		object.Render(env, noun, render),
	)
	return command
}

func noun() object.Noun {
	return object.Noun{
		Name: "template", Plural: "templates",
		Kind: kubermaticv1.KindConstraintTemplate, Resource: kubermaticv1.ConstraintTemplates,
		Read:         read,
		Consequences: object.ConstraintsOf,
		Columns:      []string{"name", "kind", "engines", "clusters", "age"},
		Row:          row,
	}
}

// read takes KKP's form, Gatekeeper's and the manual's, completes it, and has
// Gatekeeper compile it.
func read(ctx context.Context, document manifest.Document) (object.Intent, error) {
	intent := object.Intent{Position: document.Position}
	template, notes, err := policy.ReadTemplate(document.Object())
	if err != nil {
		return intent, object.Explain(document, err)
	}
	completed, err := policy.Complete(template)
	if err != nil {
		return intent, object.Explain(document, err)
	}
	if err := policy.CheckTemplate(template); err != nil {
		return intent, object.Explain(document, err)
	}
	rendered, err := policy.GatekeeperTemplate(template)
	if err != nil {
		return intent, object.Explain(document, err)
	}
	if err := compile.Template(ctx, rendered); err != nil {
		return intent, object.ExplainCompilation(document, err)
	}
	intent.Notes = object.Notes(document, append(notes, completed...))
	intent.Object, err = policy.TemplateObject(template)
	return intent, object.Explain(document, err)
}

func render(object *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	template, _, err := policy.ReadTemplate(object)
	if err != nil {
		return nil, err
	}
	return policy.GatekeeperTemplate(template)
}

func row(item *unstructured.Unstructured, now time.Time) []ui.Cell {
	name := ui.Text(item.GetName())
	template, _, err := policy.ReadTemplate(item)
	if err != nil {
		return []ui.Cell{name, {Text: "unreadable: " + err.Error(), Tone: ui.Bad}, {}, {}, object.Age(item, now)}
	}
	return []ui.Cell{
		name,
		ui.Text(template.Spec.CRD.Spec.Names.Kind),
		ui.Text(strings.Join(policy.Engines(template), ",")),
		ui.Text(policy.SelectorString(template.Spec.Selector)),
		object.Age(item, now),
	}
}

// Package constraint is kubectl opa constraint: the constraints of single user
// clusters on KKP.
package constraint

import (
	"context"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

const example = `  kubectl opa constraint create ns-must-have-gk -c my-cluster --type K8sRequiredLabels \
    --match-kind Namespace --param 'labels=["gatekeeper"]'
  kubectl opa constraint create ns-must-have-gk -c my-cluster --spec spec.yaml
  kubectl opa constraint create -f constraint.yaml`

// New makes the command.
func New(env *cli.Env) *cobra.Command {
	command := cli.Group(&cobra.Command{
		Use:     "constraint",
		Aliases: []string{"constraints"},
		Short:   "Work with the constraints of one user cluster",
		Long:    "Work with KKP's Constraints of one user cluster (-c). For all clusters at once: kubectl opa default.",
	})
	noun := noun()
	command.AddCommand(
		object.List(env, noun),
		object.Get(env, noun),
		object.Create(env, noun, &object.ConstraintFlags{Env: env}, example),
		object.Apply(env, noun),
		object.Delete(env, noun, "delete"),
		object.Render(env, noun, object.RenderConstraint),
	)
	return command
}

func noun() object.Noun {
	return object.Noun{
		Name: "constraint", Plural: "constraints",
		Kind: kubermaticv1.KindConstraint, Resource: kubermaticv1.Constraints,
		PerCluster: true,
		Read:       read,
		Check:      check,
		Guard:      object.GuardCopy,
		Columns:    []string{"namespace", "name", "type", "enforcement", "origin", "age"},
		Row:        row,
	}
}

func read(_ context.Context, document manifest.Document) (object.Intent, error) {
	return object.ReadConstraint(document, nil)
}

// check refuses manifests of KKP's copies, and kinds without a template.
func check(ctx context.Context, kkp platform.KKP) (func(*unstructured.Unstructured) error, error) {
	templateExists, err := object.CheckTemplateExists(ctx, kkp)
	return func(constraint *unstructured.Unstructured) error {
		if err := object.GuardCopy(constraint); err != nil {
			return err
		}
		return templateExists(constraint)
	}, err
}

func row(item *unstructured.Unstructured, now time.Time) []ui.Cell {
	place := []ui.Cell{ui.Text(item.GetNamespace()), ui.Text(item.GetName())}
	constraint, _, err := policy.ReadConstraint(item)
	if err != nil {
		return append(place, ui.Cell{Text: "unreadable: " + err.Error(), Tone: ui.Bad}, ui.Cell{}, ui.Cell{}, object.Age(item, now))
	}
	origin := ui.Text("own")
	if name, isCopy := item.GetLabels()[kubermaticv1.DefaultLabel]; isCopy {
		origin = ui.Cell{Text: "default " + name, Tone: ui.Faint}
	}
	return append(place, ui.Text(constraint.Spec.ConstraintType), object.Enforcement(constraint), origin, object.Age(item, now))
}

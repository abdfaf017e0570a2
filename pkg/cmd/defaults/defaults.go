// Package defaults is kubectl opa default: KKP's Default Constraints, which
// reach all user clusters that their selector names.
package defaults

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

const example = `  kubectl opa default create ns-must-have-gk --type K8sRequiredLabels --match-kind Namespace \
    --param 'labels=["gatekeeper"]' --provider aws,gcp --cluster-selector filtered=true
  kubectl opa default create ns-must-have-gk --spec spec.yaml`

// New makes the command.
func New(env *cli.Env) *cobra.Command {
	command := cli.Group(&cobra.Command{
		Use:     "default",
		Aliases: []string{"defaults"},
		Short:   "Work with Default Constraints, for all user clusters at once",
		Long: "Work with KKP's Default Constraints: constraints on the master that KKP copies to every selected\n" +
			"user cluster.",
	})
	noun := noun()
	flags := &object.ConstraintFlags{Env: env, Selector: &object.SelectorFlags{}}
	command.AddCommand(
		object.List(env, noun),
		object.Get(env, noun),
		object.Create(env, noun, flags, example),
		object.Apply(env, noun),
		object.Delete(env, noun, "delete"),
		object.Render(env, noun, object.RenderConstraint),
		newTargets(env),
	)
	return command
}

func noun() object.Noun {
	return object.Noun{
		Name: "default", Plural: "defaults",
		Kind: kubermaticv1.KindConstraint, Resource: kubermaticv1.Constraints,
		Namespace:    kubermaticv1.Namespace,
		Read:         read,
		Check:        object.CheckTemplateExists,
		Consequences: consequences,
		Columns:      []string{"name", "type", "enforcement", "clusters", "age"},
		Row:          row,
	}
}

// read also takes a cluster's copy, which the manual prints as the example of
// a Default Constraint, and makes the Default Constraint of it.
func read(_ context.Context, document manifest.Document) (object.Intent, error) {
	return object.ReadConstraint(document, func(constraint *kubermaticv1.Constraint) ([]policy.Note, error) {
		name, isCopy := constraint.Labels[kubermaticv1.DefaultLabel]
		if isCopy && name == constraint.Name && constraint.Namespace != kubermaticv1.Namespace {
			delete(constraint.Labels, kubermaticv1.DefaultLabel)
			note := policy.Note{Path: []any{"metadata", "namespace"}, Text: fmt.Sprintf(
				"this is the copy for the cluster of %s: the Default Constraint itself lives in %s, without the label %s",
				constraint.Namespace, kubermaticv1.Namespace, kubermaticv1.DefaultLabel)}
			constraint.Namespace = kubermaticv1.Namespace
			return []policy.Note{note}, nil
		}
		return nil, nil
	})
}

// consequences lists the clusters that lose the constraint.
func consequences(ctx context.Context, kkp platform.KKP, item *unstructured.Unstructured) ([]string, error) {
	constraint, err := platform.Read[kubermaticv1.Constraint](item)
	if err != nil {
		return nil, err
	}
	clusters, err := kkp.Clusters(ctx)
	if err != nil {
		return nil, err
	}
	targets, err := fleet.Targets(constraint, clusters, fleet.Unknown)
	if err != nil {
		return nil, err
	}
	lines := []string{}
	for _, target := range targets {
		if target.Reach == fleet.Reached {
			lines = append(lines, fmt.Sprintf("  %s (%s)", target.Cluster, target.Name))
		}
	}
	if len(lines) == 0 {
		return nil, nil
	}
	return append([]string{fmt.Sprintf("These user clusters lose %s:", constraint.Name)}, lines...), nil
}

func row(item *unstructured.Unstructured, now time.Time) []ui.Cell {
	constraint, _, err := policy.ReadConstraint(item)
	if err != nil {
		return []ui.Cell{ui.Text(item.GetName()), {Text: "unreadable: " + err.Error(), Tone: ui.Bad}, {}, {}, object.Age(item, now)}
	}
	return []ui.Cell{
		ui.Text(constraint.Name),
		ui.Text(constraint.Spec.ConstraintType),
		object.Enforcement(constraint),
		ui.Text(policy.SelectorString(constraint.Spec.Selector)),
		object.Age(item, now),
	}
}

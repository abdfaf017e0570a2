package kkp

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/compile"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

// Templates are KKP's ConstraintTemplates.
func Templates() object.Noun {
	return object.Noun{
		Name: "template", Plural: "templates",
		On:   cli.OnKKP,
		Kind: kubermaticv1.KindConstraintTemplate, Resource: kubermaticv1.ConstraintTemplates,
		Exists:       "kubectl opa template apply, or set",
		Columns:      []string{"name", "kind", "engines", "clusters", "age"},
		Row:          templateRow,
		Read:         readTemplate,
		Check:        checkConstraintsFit,
		Render:       renderTemplate,
		Remarks:      remarkTemplate,
		Consequences: constraintsOf,
		Dependents:   dependentsOf,
	}
}

// readTemplate takes KKP's form, Gatekeeper's and the manual's, completes it,
// and has Gatekeeper compile it.
func readTemplate(ctx context.Context, document manifest.Document) (object.Intent, error) {
	intent := object.Intent{Document: document}
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
	intent.Notes = object.Notes(document, slices.Concat(notes, completed, policy.TooNew(template)))
	intent.Object, err = policy.TemplateObject(template)
	return intent, object.Explain(document, err)
}

// checkConstraintsFit warns of constraints that are there already and do not
// fit a template as it will be: Gatekeeper goes on with them, and would refuse
// them when they are next changed.
func checkConstraintsFit(ctx context.Context, live *object.Live, item *unstructured.Unstructured) error {
	template, _, err := policy.ReadTemplate(item)
	if err != nil {
		return err
	}
	schema, err := newSchema(ctx, template)
	if err != nil {
		return err
	}
	constraints, err := live.Constraints(ctx)
	if live.Unreadable(err, "cannot check whether the constraints that are there fit the template") {
		return nil
	}
	if err != nil {
		return err
	}
	for i := range constraints {
		constraint := &constraints[i]
		if constraint.Spec.ConstraintType != template.Spec.CRD.Spec.Names.Kind {
			continue
		}
		if err := schema.check(constraint); err != nil {
			live.Warn(fmt.Sprintf("constraint %s/%s does not fit this template: %v", constraint.Namespace, constraint.Name, err))
		}
	}
	return nil
}

func remarkTemplate(ctx context.Context, live *object.Live, _, item *unstructured.Unstructured) []string {
	return remarkSelector(ctx, live, item)
}

func templateRow(item *unstructured.Unstructured, now time.Time) []ui.Cell {
	name := ui.Text(item.GetName())
	template, _, err := policy.ReadTemplate(item)
	if err != nil {
		return []ui.Cell{name, object.Unreadable(err), {}, {}, object.Age(item, now)}
	}
	return []ui.Cell{
		name,
		ui.Text(template.Spec.CRD.Spec.Names.Kind),
		ui.Text(strings.Join(policy.Engines(template), ",")),
		ui.Text(policy.SelectorString(template.Spec.Selector)),
		object.Age(item, now),
	}
}

// renderTemplate turns a template into what KKP writes to user clusters.
func renderTemplate(item *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	template, _, err := policy.ReadTemplate(item)
	if err != nil {
		return nil, err
	}
	return policy.GatekeeperTemplate(template)
}

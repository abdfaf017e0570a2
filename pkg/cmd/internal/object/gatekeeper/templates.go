// Package gatekeeper says what the shared verbs need to know of Gatekeeper's
// own objects: ConstraintTemplates and constraints.
package gatekeeper

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/compile"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

// Templates are Gatekeeper's ConstraintTemplates.
func Templates() *object.Noun {
	return &object.Noun{
		Name: "template", Plural: "templates",
		On:           cli.OnGatekeeper,
		Kind:         policy.KindTemplate,
		At:           templatesPlace,
		Find:         findTemplate,
		All:          allTemplates,
		Exists:       "kubectl opa template apply, or set",
		Columns:      []string{"name", "kind", "engines", "state", "age"},
		Row:          templateRow,
		Read:         readTemplate,
		Check:        checkConstraintsFit,
		Render:       render,
		Consequences: constraintsOf,
		Taken:        takenConstraints,
		Awaits:       "all of Gatekeeper's Pods have taken it",
		Missing:      missingTemplate,
		Next:         "see what Gatekeeper says: kubectl opa status, and the status of the object",
	}
}

func templatesPlace(ctx context.Context, live *object.Live, _ *unstructured.Unstructured) (platform.Place, error) {
	return live.Gatekeeper.TemplatesPlace(ctx)
}

func findTemplate(ctx context.Context, live *object.Live, name string) (platform.Place, *unstructured.Unstructured, error) {
	place, err := live.Gatekeeper.TemplatesPlace(ctx)
	if err != nil {
		return place, nil, err
	}
	found, err := live.Get(ctx, place, name)
	return place, found, err
}

func allTemplates(ctx context.Context, live *object.Live, labelSelector string) ([]*unstructured.Unstructured, error) {
	place, err := live.Gatekeeper.TemplatesPlace(ctx)
	if err != nil {
		return nil, err
	}
	return live.List(ctx, place, labelSelector)
}

// readTemplate takes Gatekeeper's form and KKP's, and has Gatekeeper compile
// it.
func readTemplate(ctx context.Context, document manifest.Document) (object.Intent, error) {
	intent := object.Intent{Document: document}
	plain, notes, err := policy.PlainTemplate(document.Object())
	if err != nil {
		return intent, object.Explain(document, err)
	}
	if err := compile.CheckFields(plain); err != nil {
		return intent, object.Explain(document, err)
	}
	if err := compile.Template(ctx, plain); err != nil {
		return intent, object.ExplainCompilation(document, err)
	}
	intent.Object, intent.Notes = plain, object.Notes(document, notes)
	return intent, nil
}

// render is the object itself, as it would be applied.
func render(item *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	return policy.Bare(item), nil
}

// checkConstraintsFit warns of constraints that are there already and do not
// fit a template as it will be.
func checkConstraintsFit(ctx context.Context, live *object.Live, template *unstructured.Unstructured) error {
	constraints, err := constraintsOfKind(ctx, live, kindOf(template))
	if live.Unreadable(err, "cannot check whether the constraints that are there fit the template") || len(constraints) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	schema, err := compile.NewSchema(ctx, template)
	if err != nil {
		return err
	}
	for _, constraint := range constraints {
		if err := schema.Check(policy.Bare(constraint)); err != nil {
			live.Warn(fmt.Sprintf("constraint %s does not fit this template: %v", constraint.GetName(), err))
		}
	}
	return nil
}

func kindOf(template *unstructured.Unstructured) string {
	kind, _, _ := unstructured.NestedString(template.Object, "spec", "crd", "spec", "names", "kind")
	return kind
}

// constraintsOfKind are the constraints of one kind; none where the cluster
// does not serve it.
func constraintsOfKind(ctx context.Context, live *object.Live, kind string) ([]*unstructured.Unstructured, error) {
	place, served, err := live.Gatekeeper.ConstraintPlace(ctx, kind)
	if err != nil || !served {
		return nil, err
	}
	constraints, err := live.List(ctx, place, "")
	if errors.Is(err, kube.ErrNotFound) {
		return nil, nil // The kind went meanwhile.
	}
	return constraints, err
}

// constraintsOf says which constraints go with their templates: Gatekeeper
// removes the kind.
func constraintsOf(ctx context.Context, live *object.Live, templates []*unstructured.Unstructured) ([]string, error) {
	lines := []string{}
	for _, template := range templates {
		constraints, err := constraintsOfKind(ctx, live, kindOf(template))
		if live.Unreadable(err, "cannot tell which constraints go with the templates") {
			continue
		}
		if err != nil {
			return nil, err
		}
		if len(constraints) == 0 {
			continue
		}
		lines = append(lines, fmt.Sprintf("With template %s these constraints go:", template.GetName()))
		for _, constraint := range constraints {
			lines = append(lines, "  "+constraint.GetName()+details(constraint))
		}
	}
	return lines, nil
}

// takenConstraints are the constraints that go with their kind.
func takenConstraints(ctx context.Context, live *object.Live, template *unstructured.Unstructured) ([]object.Dependent, error) {
	place, served, err := live.Gatekeeper.ConstraintPlace(ctx, kindOf(template))
	if err != nil || !served {
		return nil, err
	}
	constraints, err := constraintsOfKind(ctx, live, kindOf(template))
	taken := []object.Dependent{}
	for _, constraint := range constraints {
		taken = append(taken, object.Dependent{Place: place, Name: constraint.GetName()})
	}
	return taken, err
}

// missingTemplate says what Gatekeeper has still to do with a template. What it
// refuses is an error.
func missingTemplate(ctx context.Context, live *object.Live, item *unstructured.Unstructured) ([]string, error) {
	_, template, err := findTemplate(ctx, live, item.GetName())
	if err != nil {
		return nil, err
	}
	observed := policy.Observe(template)
	if len(observed.Errors) > 0 {
		return nil, fmt.Errorf("template %s: Gatekeeper refuses it: %s", template.GetName(), strings.Join(observed.Errors, "; "))
	}
	if !observed.Settled() {
		return []string{fmt.Sprintf("Gatekeeper has not taken template %s yet", template.GetName())}, nil
	}
	return missingKind(ctx, live, kindOf(template))
}

// missingKind says that a kind is not served yet.
func missingKind(ctx context.Context, live *object.Live, kind string) ([]string, error) {
	_, served, err := live.Gatekeeper.ConstraintPlace(ctx, kind)
	if err != nil || served {
		return nil, err
	}
	return []string{fmt.Sprintf("the cluster does not serve the kind %s yet", kind)}, nil
}

func templateRow(item *unstructured.Unstructured, now time.Time) []ui.Cell {
	return []ui.Cell{
		ui.Text(item.GetName()),
		ui.Text(kindOf(item)),
		ui.Text(strings.Join(slices.Compact(policy.PlainEngines(item)), ",")),
		state(item),
		object.Age(item, now),
	}
}

// state says what Gatekeeper says of an object.
func state(item *unstructured.Unstructured) ui.Cell {
	switch observed := policy.Observe(item); {
	case len(observed.Errors) > 0:
		return ui.Cell{Text: "refused: " + observed.Errors[0], Tone: ui.Bad}
	case observed.Settled():
		return ui.Cell{Text: "ok", Tone: ui.Good}
	}
	return ui.Cell{Text: "not seen by Gatekeeper yet", Tone: ui.Warn}
}

// Package gatekeeper says what the shared verbs need to know of Gatekeeper's
// own objects: ConstraintTemplates and constraints.
package gatekeeper

import (
	"context"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/compile"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
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

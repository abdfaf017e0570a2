package object

import (
	"context"
	"errors"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

// ReadConstraint takes KKP's and Gatekeeper's form of a constraint. prepare
// may change the constraint and add notes; it may be nil.
func ReadConstraint(document manifest.Document, prepare func(*kubermaticv1.Constraint) ([]policy.Note, error)) (Intent, error) {
	intent := Intent{Position: document.Position}
	constraint, notes, err := policy.ReadConstraint(document.Object())
	if err != nil {
		return intent, Explain(document, err)
	}
	if prepare != nil {
		more, err := prepare(constraint)
		if err != nil {
			return intent, Explain(document, err)
		}
		notes = append(notes, more...)
	}
	if err := policy.CheckConstraint(constraint); err != nil {
		return intent, Explain(document, err)
	}
	intent.Notes = Notes(document, notes)
	intent.Object, err = policy.ConstraintObject(constraint)
	return intent, Explain(document, err)
}

// CheckTemplateExists refuses a constraint whose kind no template makes: KKP
// would take it, enforce nothing, and hang when it is deleted.
func CheckTemplateExists(ctx context.Context, kkp platform.KKP) (func(*unstructured.Unstructured) error, error) {
	templates, err := kkp.Templates(ctx)
	if err != nil {
		return nil, err
	}
	kinds := []string{}
	for i := range templates {
		kinds = append(kinds, templates[i].Spec.CRD.Spec.Names.Kind)
	}
	return func(constraint *unstructured.Unstructured) error { return checkKind(kinds, constraint) }, nil
}

func checkKind(kinds []string, constraint *unstructured.Unstructured) error {
	kind, _, _ := unstructured.NestedString(constraint.Object, "spec", "constraintType")
	if slices.Contains(kinds, kind) {
		return nil
	}
	next := "create the template first: kubectl opa template create"
	for _, other := range kinds {
		if strings.EqualFold(other, kind) {
			next = "did you mean " + other + "? constraintType is the template's kind, not its name"
		}
	}
	return advice.Errorf(next, "constraint %q: no template makes the kind %q", constraint.GetName(), kind)
}

// RenderConstraint renders a KKP Constraint as KKP does.
func RenderConstraint(object *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	constraint, _, err := policy.ReadConstraint(object)
	if err != nil {
		return nil, err
	}
	return policy.GatekeeperConstraint(constraint)
}

// GuardCopy refuses to touch a cluster's copy of a Default Constraint: KKP
// puts it back within a moment.
func GuardCopy(existing *unstructured.Unstructured) error {
	name, isCopy := existing.GetLabels()[kubermaticv1.DefaultLabel]
	if !isCopy {
		return nil
	}
	return advice.Wrap(errors.New("constraint "+existing.GetName()+" in namespace "+existing.GetNamespace()+
		" is KKP's copy of a Default Constraint: KKP would put it back"),
		"change the Default Constraint %q instead: kubectl opa default", name)
}

// Enforcement is the cell of what a constraint does: its action, or that it
// is disabled.
func Enforcement(constraint *kubermaticv1.Constraint) ui.Cell {
	switch {
	case constraint.Spec.Disabled:
		return ui.Cell{Text: "disabled", Tone: ui.Faint}
	case constraint.Spec.EnforcementAction == "":
		return ui.Text("deny")
	}
	return ui.Text(constraint.Spec.EnforcementAction)
}

// Package kkp says what the shared verbs need to know of KKP's objects:
// ConstraintTemplates, Constraints, Default Constraints and AllowedRegistries.
package kkp

import (
	"context"
	"errors"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

// Constraints are the constraints of single user clusters.
func Constraints() object.Noun {
	return object.Noun{
		Name: "constraint", Plural: "constraints",
		On:   cli.OnKKP,
		Kind: kubermaticv1.KindConstraint, Resource: kubermaticv1.Constraints,
		PerCluster: true,
		Exists:     "kubectl opa constraint apply, or set",
		Columns:    []string{"namespace", "name", "type", "enforcement", "origin", "age"},
		Row:        constraintRow,
		Read: func(_ context.Context, document manifest.Document) (object.Intent, error) {
			return readConstraint(document, nil)
		},
		Check:   checkConstraint,
		Render:  renderConstraint,
		Switch:  switchConstraint,
		Remarks: remarkConstraint,
		Guard:   guardCopy,

		OnCluster: constraintsOnCluster,
		Awaits:    "the user cluster has it, and Gatekeeper there has taken it up",
		Missing:   missingOnCluster,
		Next:      next,
	}
}

// readConstraint reads and checks a constraint of either form; prepare may
// change it, and be nil.
func readConstraint(document manifest.Document, prepare func(*kubermaticv1.Constraint) ([]policy.Note, error)) (object.Intent, error) {
	intent := object.Intent{Document: document}
	constraint, notes, err := policy.ReadConstraint(document.Object())
	if err != nil {
		return intent, object.Explain(document, err)
	}
	if prepare != nil {
		more, err := prepare(constraint)
		if err != nil {
			return intent, object.Explain(document, err)
		}
		notes = append(notes, more...)
	}
	if err := policy.CheckConstraint(constraint); err != nil {
		return intent, object.Explain(document, err)
	}
	intent.Notes = object.Notes(document, notes)
	intent.Object, err = policy.ConstraintObject(constraint)
	return intent, object.Explain(document, err)
}

// checkConstraint refuses manifests of KKP's copies as well, and those for a
// namespace that no user cluster has.
func checkConstraint(ctx context.Context, live *object.Live, constraint *unstructured.Unstructured) error {
	if name, isCopy := constraint.GetLabels()[kubermaticv1.DefaultLabel]; isCopy {
		return advice.Wrap(&policy.FieldError{
			Path:    []any{"metadata", "labels", kubermaticv1.DefaultLabel},
			Problem: "this is KKP's copy of a Default Constraint: KKP would put it back",
		}, adviceOnCopy, name)
	}
	clusters, err := live.Clusters(ctx)
	switch {
	case errors.Is(err, kube.ErrForbidden):
		// There is a remark instead.
	case err != nil:
		return err
	default:
		if _, err := fleet.FindNamespace(clusters, constraint.GetNamespace()); err != nil {
			return atField(err, "metadata", "namespace")
		}
	}
	return checkAgainstTemplates(ctx, live, constraint)
}

// atField says which field an error is about.
func atField(err error, path ...any) error {
	if err == nil {
		return nil
	}
	return advice.Wrap(&policy.FieldError{Path: path, Problem: err.Error()}, "%s", strings.Join(advice.Next(err), ""))
}

// guardCopy refuses to touch KKP's copies of Default Constraints.
func guardCopy(existing *unstructured.Unstructured) error {
	name, isCopy := existing.GetLabels()[kubermaticv1.DefaultLabel]
	if !isCopy {
		return nil
	}
	return advice.Wrap(errors.New("constraint "+existing.GetName()+" in namespace "+existing.GetNamespace()+
		" is KKP's copy of a Default Constraint: KKP would put it back"),
		adviceOnCopy, name)
}

const adviceOnCopy = "change the Default Constraint %q instead: kubectl opa default"

// next is what to do when KKP does not follow.
const next = "KKP goes on by itself; see what it did with kubectl opa status"

// switchConstraint sets or removes spec.disabled.
func switchConstraint(constraint *unstructured.Unstructured, on bool) error {
	if !on {
		return unstructured.SetNestedField(constraint.Object, true, "spec", "disabled")
	}
	// Somebody's own "disabled: false" says the same and stays.
	if disabled, _, _ := unstructured.NestedBool(constraint.Object, "spec", "disabled"); disabled {
		unstructured.RemoveNestedField(constraint.Object, "spec", "disabled")
	}
	return nil
}

// renderConstraint turns a constraint into what KKP writes to user clusters.
func renderConstraint(item *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	constraint, _, err := policy.ReadConstraint(item)
	if err != nil {
		return nil, err
	}
	return policy.GatekeeperConstraint(constraint)
}

func constraintRow(item *unstructured.Unstructured, now time.Time) []ui.Cell {
	place := []ui.Cell{ui.Text(item.GetNamespace()), ui.Text(item.GetName())}
	constraint, _, err := policy.ReadConstraint(item)
	if err != nil {
		return append(place, object.Unreadable(err), ui.Cell{}, ui.Cell{}, object.Age(item, now))
	}
	origin := ui.Text("own")
	if name, isCopy := item.GetLabels()[kubermaticv1.DefaultLabel]; isCopy {
		origin = ui.Cell{Text: "default " + name, Tone: ui.Faint}
	}
	return append(place, ui.Text(constraint.Spec.ConstraintType), enforcement(constraint), origin, object.Age(item, now))
}

// enforcement says what a constraint does to a violation.
func enforcement(constraint *kubermaticv1.Constraint) ui.Cell {
	switch {
	case constraint.Spec.Disabled:
		return ui.Cell{Text: "disabled", Tone: ui.Faint}
	case constraint.Spec.EnforcementAction == "":
		return ui.Text("deny")
	}
	return ui.Text(constraint.Spec.EnforcementAction)
}

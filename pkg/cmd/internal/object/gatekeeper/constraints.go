package gatekeeper

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/compile"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

// Constraints are the constraints of a cluster with Gatekeeper, of all kinds.
func Constraints() *object.Noun {
	return &object.Noun{
		Name: "constraint", Plural: "constraints",
		On: cli.OnGatekeeper,
		At: func(ctx context.Context, live *object.Live, item *unstructured.Unstructured) (platform.Place, error) {
			place, _, err := live.Gatekeeper.ConstraintPlace(ctx, item.GetKind())
			return place, err
		},
		Find: func(ctx context.Context, live *object.Live, name string) (platform.Place, *unstructured.Unstructured, error) {
			return live.Gatekeeper.FindConstraint(ctx, name)
		},
		All: func(ctx context.Context, live *object.Live, labelSelector string) ([]*unstructured.Unstructured, error) {
			return live.Gatekeeper.Constraints(ctx, labelSelector)
		},
		Exists:       "kubectl opa constraint apply, or set",
		Columns:      []string{"name", "type", "enforcement", "violations", "audited", "state", "age"},
		Row:          constraintRow,
		Read:         readConstraint,
		Check:        checkAgainstTemplate,
		Unready:      unservedKind,
		Render:       render,
		Switch:       switchConstraint,
		Remarks:      remarkConstraint,
		Awaits:       "all of Gatekeeper's Pods enforce it",
		Missing:      missingConstraint,
		Next:         "see what Gatekeeper says: kubectl opa template list, and kubectl opa status",
		Consequences: stillViolated,
	}
}

// readConstraint takes Gatekeeper's form and KKP's.
func readConstraint(ctx context.Context, document manifest.Document) (object.Intent, error) {
	intent := object.Intent{Document: document}
	plain, notes, err := policy.PlainConstraint(document.Object())
	if err != nil {
		return intent, object.Explain(document, err)
	}
	if err := compile.CheckMatch(ctx, plain); err != nil {
		return intent, object.Explain(document, err)
	}
	intent.Object, intent.Notes = plain, object.Notes(document, notes)
	return intent, nil
}

// checkAgainstTemplate refuses constraints of a kind that no template makes,
// and those whose parameters do not fit its schema.
func checkAgainstTemplate(ctx context.Context, live *object.Live, constraint *unstructured.Unstructured) error {
	templates, err := live.GatekeeperTemplates(ctx)
	if live.Unreadable(err, "cannot check the constraint against its template") {
		return nil
	}
	if err != nil {
		return err
	}
	template, err := templateOf(templates, constraint.GetKind())
	if err != nil {
		return err
	}
	schema, err := compile.NewSchema(ctx, template)
	if err != nil {
		live.Warn(fmt.Sprintf("template %s is not sound, so constraint %s cannot be checked against it: %v",
			template.GetName(), constraint.GetName(), err))
		return nil
	}
	problems := schema.Check(constraint)
	if !strings.Contains(fmt.Sprint(problems), "spec.parameters") {
		return problems
	}
	return advice.Wrap(problems, "see what the template takes: kubectl opa template get %s -o yaml", template.GetName())
}

// templateOf finds the template by its kind.
func templateOf(templates []*unstructured.Unstructured, kind string) (*unstructured.Unstructured, error) {
	next := "create the template first: kubectl opa template create"
	for _, template := range templates {
		other := kindOf(template)
		if other == kind {
			return template, nil
		}
		if strings.EqualFold(other, kind) {
			next = "did you mean " + other + "? upper and lower case count"
		}
	}
	return nil, advice.Wrap(&policy.FieldError{
		Path: []any{"kind"}, Problem: fmt.Sprintf("no template makes the kind %q", kind),
	}, "%s", next)
}

// unservedKind waits for the kind that a new template makes. A template that
// Gatekeeper refuses never makes it.
func unservedKind(ctx context.Context, live *object.Live, constraint *unstructured.Unstructured) ([]string, error) {
	missing, err := missingKind(ctx, live, constraint.GetKind())
	if err != nil || len(missing) == 0 {
		return nil, err
	}
	templates, err := live.Gatekeeper.Templates(ctx)
	if err != nil {
		// The kind itself tells.
		return missing, ctx.Err()
	}
	template, err := templateOf(templates, constraint.GetKind())
	if err != nil {
		return nil, err
	}
	if problems := policy.Observe(template).Errors; len(problems) > 0 {
		return nil, advice.Errorf("mend the template first", "template %s does not make the kind %s: Gatekeeper refuses it: %s",
			template.GetName(), constraint.GetKind(), strings.Join(problems, "; "))
	}
	return missing, nil
}

// switchConstraint enforces a constraint again, or nowhere.
func switchConstraint(constraint *unstructured.Unstructured, on bool) error {
	if on {
		return policy.EnableConstraint(constraint)
	}
	return policy.DisableConstraint(constraint)
}

// remarkConstraint says why Gatekeeper does not do what a constraint says.
func remarkConstraint(ctx context.Context, live *object.Live, _, constraint *unstructured.Unstructured) []string {
	enforcement, disabled, err := policy.EnforcementOf(constraint)
	if err != nil || enforcement.Action != policy.Scoped && !disabled {
		return nil
	}
	known, err := live.Gatekeeper.KnowsScopes(ctx, constraint.GetKind())
	if err != nil || known {
		return nil
	}
	return []string{fmt.Sprintf("Gatekeeper knows scoped enforcement actions from 3.17 on, and this one is older: constraint %s is enforced nowhere, and audited all the same",
		constraint.GetName())}
}

// missingConstraint says what Gatekeeper has still to do with a constraint.
func missingConstraint(ctx context.Context, live *object.Live, item *unstructured.Unstructured) ([]string, error) {
	_, constraint, err := live.Gatekeeper.FindConstraint(ctx, item.GetKind()+"/"+item.GetName())
	if err != nil {
		return nil, err
	}
	observed := policy.Observe(constraint)
	if len(observed.Errors) > 0 {
		return nil, fmt.Errorf("constraint %s: Gatekeeper refuses it: %s", constraint.GetName(), strings.Join(observed.Errors, "; "))
	}
	if !observed.Enforced(observedTemplate(ctx, live, item.GetKind())) {
		return []string{fmt.Sprintf("Gatekeeper does not enforce constraint %s yet", constraint.GetName())}, nil
	}
	return nil, nil
}

// stillViolated says what constraints still find, which nobody hears of any
// more.
func stillViolated(_ context.Context, _ *object.Live, constraints []*unstructured.Unstructured) ([]string, error) {
	lines := []string{}
	for _, constraint := range constraints {
		if total := policy.Observe(constraint).Violations; total != nil && *total > 0 {
			lines = append(lines, fmt.Sprintf("Constraint %s finds %s now.", constraint.GetName(), violations(*total)))
		}
	}
	return lines, nil
}

func violations(total int64) string {
	if total == 1 {
		return "1 violation"
	}
	return strconv.FormatInt(total, 10) + " violations"
}

// details are what people tell a constraint by.
func details(constraint *unstructured.Unstructured) string {
	enforcement, disabled, err := policy.EnforcementOf(constraint)
	text := enforcement.String()
	if err != nil {
		text = "unreadable"
	}
	if disabled {
		text = "disabled"
	}
	if total := policy.Observe(constraint).Violations; total != nil && *total > 0 {
		text += ", " + violations(*total)
	}
	return " (" + text + ")"
}

func constraintRow(item *unstructured.Unstructured, now time.Time) []ui.Cell {
	var action ui.Cell
	enforcement, disabled, err := policy.EnforcementOf(item)
	switch {
	case err != nil:
		action = object.Unreadable(err)
	case disabled:
		action = ui.Cell{Text: "disabled", Tone: ui.Faint}
	default:
		action = ui.Text(enforcement.String())
	}
	count, audited := ui.Cell{Text: "?", Tone: ui.Faint}, ui.Cell{Text: "never", Tone: ui.Faint}
	observed := policy.Observe(item)
	if total := observed.Violations; total != nil {
		count = ui.Cell{Text: strconv.FormatInt(*total, 10), Tone: ui.Good}
		if *total > 0 {
			count.Tone = ui.Warn
		}
	}
	if !observed.Audited.IsZero() {
		audited = object.Since(observed.Audited, now)
	}
	return []ui.Cell{ui.Text(item.GetName()), ui.Text(item.GetKind()), action, count, audited, state(item), object.Age(item, now)}
}

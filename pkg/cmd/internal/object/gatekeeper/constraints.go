package gatekeeper

import (
	"context"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/compile"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
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

package kkp

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/compile"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// schema is what a template wants of its constraints.
type schema struct {
	template string
	compiled *compile.Schema
}

func newSchema(ctx context.Context, template *kubermaticv1.ConstraintTemplate) (*schema, error) {
	rendered, err := policy.GatekeeperTemplate(template)
	if err != nil {
		return nil, err
	}
	compiled, err := compile.NewSchema(ctx, rendered)
	return &schema{template: template.Name, compiled: compiled}, err
}

// check tells whether Gatekeeper would take the constraint that KKP makes of
// this one.
func (s *schema) check(constraint *kubermaticv1.Constraint) error {
	rendered, err := policy.GatekeeperConstraint(constraint)
	if err != nil {
		return err
	}
	problems := s.compiled.Check(rendered)
	if _, raw := constraint.Spec.Parameters[kubermaticv1.RawJSONParameter]; raw {
		problems = inRawJSON(problems)
	}
	if !strings.Contains(fmt.Sprint(problems), "spec.parameters") {
		return problems
	}
	return advice.Wrap(problems, "see what the template takes: kubectl opa template get %s -o yaml", s.template)
}

// inRawJSON leads what is wrong with parameters to the text that holds them.
func inRawJSON(err error) error {
	many, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return err
	}
	const above = 2 // spec.parameters
	problems := []error{}
	for _, problem := range many.Unwrap() {
		var field *policy.FieldError
		if errors.As(problem, &field) && strings.HasPrefix(policy.PathString(field.Path), "spec.parameters") {
			inside := &policy.FieldError{Path: field.Path[above:], Problem: field.Problem}
			problem = &policy.FieldError{Path: []any{"spec", "parameters", kubermaticv1.RawJSONParameter}, Problem: inside.Error()}
		}
		problems = append(problems, problem)
	}
	return errors.Join(problems...)
}

// checkAgainstTemplates refuses constraints of a kind that no template makes,
// and those whose parameters do not fit the template's schema.
func checkAgainstTemplates(ctx context.Context, live *object.Live, item *unstructured.Unstructured) error {
	templates, err := live.Templates(ctx)
	if live.Unreadable(err, "cannot check the constraint against its template") {
		return nil
	}
	if err != nil {
		return err
	}
	constraint, _, err := policy.ReadConstraint(item)
	if err != nil {
		return err
	}
	template, err := templateOf(templates, constraint)
	if err != nil {
		return err
	}
	fits, err := newSchema(ctx, template)
	if err != nil {
		live.Warn(fmt.Sprintf("template %s is not sound, so constraint %s cannot be checked against it: %v",
			template.Name, constraint.Name, err))
		return nil
	}
	return fits.check(constraint)
}

// templateOf finds the template by its kind.
func templateOf(templates []kubermaticv1.ConstraintTemplate, constraint *kubermaticv1.Constraint) (*kubermaticv1.ConstraintTemplate, error) {
	kind := constraint.Spec.ConstraintType
	next := "create the template first: kubectl opa template create"
	for i := range templates {
		other := templates[i].Spec.CRD.Spec.Names.Kind
		if other == kind {
			return &templates[i], nil
		}
		if strings.EqualFold(other, kind) {
			next = "did you mean " + other + "? constraintType is the template's kind, not its name"
		}
	}
	return nil, advice.Wrap(&policy.FieldError{
		Path: []any{"spec", "constraintType"}, Problem: fmt.Sprintf("no template makes the kind %q", kind),
	}, "%s", next)
}

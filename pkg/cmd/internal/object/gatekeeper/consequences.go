package gatekeeper

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/compile"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

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

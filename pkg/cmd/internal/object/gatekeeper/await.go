package gatekeeper

import (
	"context"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

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
	if !observed.Enforced(policy.Observed{}) {
		return []string{fmt.Sprintf("Gatekeeper has not taken template %s yet", template.GetName())}, nil
	}
	return missingKind(ctx, live, kindOf(template))
}

// observedTemplate is what Gatekeeper says of the template that makes a kind;
// nothing where that cannot be read.
func observedTemplate(ctx context.Context, live *object.Live, kind string) policy.Observed {
	_, template, err := findTemplate(ctx, live, strings.ToLower(kind))
	if err != nil {
		return policy.Observed{}
	}
	return policy.Observe(template)
}

// missingKind says that a kind is not served yet.
func missingKind(ctx context.Context, live *object.Live, kind string) ([]string, error) {
	_, served, err := live.Gatekeeper.ConstraintPlace(ctx, kind)
	if err != nil || served {
		return nil, err
	}
	return []string{fmt.Sprintf("the cluster does not serve the kind %s yet", kind)}, nil
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

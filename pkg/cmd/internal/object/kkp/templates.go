package kkp

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/compile"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

// Templates are KKP's ConstraintTemplates.
func Templates() object.Noun {
	return object.Noun{
		Name: "template", Plural: "templates",
		Kind: kubermaticv1.KindConstraintTemplate, Resource: kubermaticv1.ConstraintTemplates,
		Exists:       "kubectl opa template apply, or set",
		Columns:      []string{"name", "kind", "engines", "clusters", "age"},
		Row:          templateRow,
		Read:         readTemplate,
		Check:        checkConstraintsFit,
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
func checkConstraintsFit(ctx context.Context, live *object.Live) (object.Checker, error) {
	read := sync.OnceValues(func() ([]kubermaticv1.Constraint, error) {
		constraints, err := live.Constraints(ctx)
		if live.Unreadable(err, "cannot check whether the constraints that are there fit the template") {
			return nil, nil
		}
		return constraints, err
	})
	return func(item *unstructured.Unstructured) error {
		template, _, err := policy.ReadTemplate(item)
		if err != nil {
			return err
		}
		schema, err := newSchema(ctx, template)
		if err != nil {
			return err
		}
		constraints, err := read()
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
	}, nil
}

func remarkTemplate(ctx context.Context, live *object.Live, _, item *unstructured.Unstructured) []string {
	return remarkSelector(ctx, live, item)
}

// constraintsOf says which constraints go with their templates, by cluster.
func constraintsOf(ctx context.Context, live *object.Live, templates []*unstructured.Unstructured) ([]string, error) {
	lines := []string{}
	for _, template := range templates {
		more, err := constraintsOfOne(ctx, live, template)
		if err != nil {
			return nil, err
		}
		lines = append(lines, more...)
	}
	return lines, nil
}

func constraintsOfOne(ctx context.Context, live *object.Live, template *unstructured.Unstructured) ([]string, error) {
	constraints, err := constraintsOfKind(ctx, live, template)
	if err != nil || len(constraints) == 0 {
		return nil, err
	}
	clusters, err := live.Clusters(ctx)
	if err != nil && !live.Unreadable(err, "cannot name the user clusters of the constraints") {
		return nil, err
	}
	lines := []string{fmt.Sprintf("With template %s these constraints go, on all user clusters:", template.GetName())}
	for i := range constraints {
		lines = append(lines, "  "+describe(&constraints[i], clusters))
	}
	return lines, nil
}

// describe names a constraint, and the clusters where it is.
func describe(constraint *kubermaticv1.Constraint, clusters []kubermaticv1.Cluster) string {
	text := fmt.Sprintf("%s/%s", constraint.Namespace, constraint.Name)
	if constraint.Namespace == kubermaticv1.Namespace {
		return text + " (Default Constraint)"
	}
	details := []string{}
	if cluster := fleet.OfNamespace(clusters, constraint.Namespace); cluster != nil {
		details = append(details, "cluster "+cluster.Spec.HumanReadableName)
	}
	if name, isCopy := constraint.Labels[kubermaticv1.DefaultLabel]; isCopy {
		details = append(details, "copy of default "+name)
	}
	if len(details) == 0 {
		return text
	}
	return text + " (" + strings.Join(details, ", ") + ")"
}

// constraintsOfKind returns all constraints of a template: Default Constraints
// first, as KKP would put their copies back. Where they may not be read there
// is a warning, and none.
func constraintsOfKind(ctx context.Context, live *object.Live, template *unstructured.Unstructured) ([]kubermaticv1.Constraint, error) {
	kind, _, _ := unstructured.NestedString(template.Object, "spec", "crd", "spec", "names", "kind")
	all, err := live.Constraints(ctx)
	if live.Unreadable(err, "cannot tell which constraints go with templates; they are not deleted first, and can hang later") {
		return nil, nil
	}
	defaults, others := []kubermaticv1.Constraint{}, []kubermaticv1.Constraint{}
	for i := range all {
		switch {
		case all[i].Spec.ConstraintType != kind:
		case all[i].Namespace == kubermaticv1.Namespace:
			defaults = append(defaults, all[i])
		default:
			others = append(others, all[i])
		}
	}
	return append(defaults, others...), err
}

// dependentsOf are the constraints of a template: KKP cannot remove them once
// their kind is gone from the user clusters, and they would hang.
func dependentsOf(ctx context.Context, live *object.Live, template *unstructured.Unstructured) ([]object.Dependent, error) {
	constraints, err := constraintsOfKind(ctx, live, template)
	dependents := []object.Dependent{}
	for i := range constraints {
		dependents = append(dependents, object.Dependent{
			Place: platform.Place{GroupVersionResource: kubermaticv1.Constraints, Namespace: constraints[i].Namespace},
			Name:  constraints[i].Name,
		})
	}
	return dependents, err
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

package engine

import (
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/frameworks/constraint/pkg/client/drivers/rego/schema"
	"github.com/open-policy-agent/frameworks/constraint/pkg/core/templates"
	celschema "github.com/open-policy-agent/gatekeeper/v3/pkg/drivers/k8scel/schema"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/mutation/match"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/util"
	"github.com/open-policy-agent/opa/v1/ast"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// tellTemplate tells what of a template other points see otherwise, or an
// older version does not see at all.
func (e *Enforcer) tellTemplate(object *unstructured.Unstructured, template *templates.ConstraintTemplate, operations []admissionv1.OperationType, modules []*ast.Module) {
	target := template.Spec.Targets[0]
	both := codeOf(target, schema.Name) != nil && codeOf(target, celschema.Name) != nil
	if both && !e.target.has(withCEL) {
		e.tell(object, nil, "Gatekeeper %s evaluates its Rego, Gatekeeper %d.%d and newer its CEL", e.target, major, withCEL)
	}
	if operations != nil && !e.target.has(withOperations) {
		e.tell(object, nil, "Gatekeeper %s does not know its operations %v: it is asked for all of them", e.target, operations)
	} else if len(operations) > 0 && !slices.Contains(operations, admissionv1.Create) && !slices.Contains(operations, "*") {
		points := []Point{Webhook}
		if e.point == Webhook {
			points = e.others
		}
		e.tell(object, points, "its operations are %v: the webhook does not ask it about what is created, the audit and gator review all that is there", operations)
	}
	if !slices.ContainsFunc(modules, func(module *ast.Module) bool { return mentions(module, "namespaceObject") }) {
		return
	}
	switch {
	case !e.target.has(withNamespaceObject):
		e.tell(object, nil, "Gatekeeper %s does not give it input.review.namespaceObject, which it reads", e.target)
	case e.point == Gator:
		e.tell(object, e.others, "it reads input.review.namespaceObject, which is empty in gator")
	default:
		e.tell(object, []Point{Gator}, "it reads input.review.namespaceObject, which is empty in gator")
	}
}

// tellConstraint tells what points do about a constraint's violations, where
// that is not the same, and remembers constraints that look at where an object
// is.
func (e *Enforcer) tellConstraint(object *unstructured.Unstructured) error {
	if action, _, _ := unstructured.NestedString(object.Object, "spec", "enforcementAction"); action == string(util.Scoped) {
		if err := e.tellScoped(object); err != nil {
			return err
		}
	}
	fields, found, err := unstructured.NestedMap(object.Object, "spec", "match")
	if err != nil || !found {
		return err
	}
	written, err := read[match.Match](&unstructured.Unstructured{Object: fields})
	if err != nil {
		return err
	}
	if written.Scope != "" || len(written.Namespaces) > 0 || len(written.ExcludedNamespaces) > 0 || written.NamespaceSelector != nil {
		e.placed = append(e.placed, placed{object, written})
	}
	return nil
}

func (e *Enforcer) tellScoped(object *unstructured.Unstructured) error {
	if !e.target.has(withScoped) {
		// The webhook has refused it.
		e.tell(object, nil, "gator %s knows no scoped actions: it shows violations and lets them pass, whatever is shown here", e.target)
		return nil
	}
	does, here := map[Point]string{}, ""
	sentence := []string{}
	for _, point := range reviewing {
		actions, err := util.ScopedActionForEP(string(point), object)
		if err != nil {
			return err
		}
		slices.Sort(actions)
		does[point] = strings.Join(slices.Compact(actions), " and ")
		if does[point] == "" {
			does[point] = "nothing"
		}
		sentence = append(sentence, fmt.Sprintf("%s at %s", does[point], point.short()))
	}
	here = does[e.point]
	points := slices.DeleteFunc(slices.Clone(e.others), func(p Point) bool { return does[p] == here })
	if len(points) > 0 {
		e.tell(object, points, "its scopedEnforcementActions say %s", strings.Join(sentence, ", "))
	}
	return nil
}

// tellConfig tells what a Config excludes from the points, where that is not
// the same.
func (e *Enforcer) tellConfig(object *unstructured.Unstructured) {
	excluded := func(point Point) string {
		if point == Gator || e.excluder == nil {
			return ""
		}
		return strings.Join(e.excluder.GetExcludedNamespaces(processes[point]), ", ")
	}
	points := slices.DeleteFunc(slices.Clone(e.others), func(p Point) bool { return excluded(p) == excluded(e.point) })
	if len(points) == 0 {
		return
	}
	sentence := []string{}
	for _, point := range reviewing {
		what := excluded(point)
		if what == "" {
			what = "nothing"
		}
		sentence = append(sentence, fmt.Sprintf("%s from %s", what, point.short()))
	}
	e.tell(object, points, "it excludes %s", strings.Join(sentence, ", "))
}

package object

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

// Age is the cell of an object's age.
func Age(object *unstructured.Unstructured, now time.Time) ui.Cell {
	created := object.GetCreationTimestamp()
	if created.IsZero() {
		return ui.Text("<unknown>")
	}
	return ui.Text(duration.HumanDuration(now.Sub(created.Time)))
}

// ConstraintsOf says which constraints lose their template: deleting it
// removes them from all user clusters.
func ConstraintsOf(ctx context.Context, kkp platform.KKP, template *unstructured.Unstructured) ([]string, error) {
	kind, _, _ := unstructured.NestedString(template.Object, "spec", "crd", "spec", "names", "kind")
	constraints, err := kkp.Constraints(ctx, "")
	if err != nil {
		return nil, err
	}
	lines := []string{}
	for i := range constraints {
		if constraint := &constraints[i]; constraint.Spec.ConstraintType == kind {
			lines = append(lines, fmt.Sprintf("  %s/%s (%s)", constraint.Namespace, constraint.Name, kind))
		}
	}
	if len(lines) == 0 {
		return nil, nil
	}
	return append([]string{fmt.Sprintf("With template %s these constraints stop to work, on all user clusters:", template.GetName())}, lines...), nil
}

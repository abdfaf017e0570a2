package main

import (
	"fmt"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/engine/conformance"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

const (
	// shown is how many violations of a constraint the audit lists.
	shown = 20
	limit = "limit"
)

// limitObjects are one more than the audit lists, and their namespace.
func limitObjects() (namespace map[string]any, objects []map[string]any) {
	for i := range shown + 1 {
		objects = append(objects, map[string]any{
			"apiVersion": "v1", "kind": "ConfigMap",
			"metadata": map[string]any{
				"name": fmt.Sprintf("%s-%02d", limit, i), "namespace": limit,
				"annotations": map[string]any{conformance.Annotation: limit},
			},
		})
	}
	return map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": limit}}, objects
}

// limitConstraint hits them.
func limitConstraint() map[string]any {
	return map[string]any{
		"apiVersion": "constraints.gatekeeper.sh/v1beta1", "kind": "ConformHit", "metadata": map[string]any{"name": limit},
		"spec": map[string]any{"parameters": map[string]any{conformance.Annotation: limit}},
	}
}

// limited shows that the audit lists some violations and counts all.
func (g *reviewed) limited(t *testing.T) {
	constraint := g.constraints["ConformHit/"+limit]
	if constraint == nil {
		t.Fatal("the constraint was not audited")
	}
	listed, _, err := unstructured.NestedSlice(constraint.Object, "status", "violations")
	if total := policy.Observe(constraint).Violations; err != nil || len(listed) != shown || total == nil || *total != shown+1 {
		t.Errorf("%d are listed, %v are counted, %v; want %d and %d", len(listed), total, err, shown, shown+1)
	}
}

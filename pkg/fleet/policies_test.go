package fleet_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
)

// installed is a Gatekeeper object with the status of one Pod.
func installed(kind, name string, spec, pod, status map[string]any) *unstructured.Unstructured {
	if status == nil {
		status = map[string]any{}
	}
	if pod != nil {
		status["byPod"] = []any{pod}
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"kind": kind, "metadata": map[string]any{"name": name, "generation": int64(2)}, "spec": spec, "status": status,
	}}
}

func TestSummarize(t *testing.T) {
	seen := map[string]any{"id": "a", "observedGeneration": int64(2)}
	failed := map[string]any{"id": "a", "observedGeneration": int64(2), "errors": []any{map[string]any{"message": "no"}}}
	audited := func(violations int64, at string) map[string]any {
		return map[string]any{"totalViolations": violations, "auditTimestamp": at}
	}
	got := fleet.Summarize(
		[]*unstructured.Unstructured{
			installed("ConstraintTemplate", "well", nil, seen, nil),
			installed("ConstraintTemplate", "new", nil, nil, nil),
			installed("ConstraintTemplate", "wrong", nil, failed, nil),
			installed("ConstraintTemplate", "bad", nil, failed, nil),
		},
		[]*unstructured.Unstructured{
			installed("K", "well", nil, seen, audited(20, "2026-08-01T10:00:10Z")),
			installed("L", "well", map[string]any{"enforcementAction": "warn"}, seen, audited(3, "2026-08-01T10:00:00Z")),
			installed("K", "old", map[string]any{"enforcementAction": "deny"}, map[string]any{"id": "a", "observedGeneration": int64(1)}, nil),
			installed("K", "lost", nil, failed, nil),
		})
	sum := int64(23)
	want := fleet.Policies{
		Templates: 4, Constraints: 4,
		FailingTemplates: []string{"bad", "wrong"}, FailingConstraints: []string{"K/lost"},
		ByAction: map[string]int{"deny": 3, "warn": 1}, Violations: &sum, NotAudited: []string{"K/lost", "K/old"},
		LastAudit: time.Date(2026, 8, 1, 10, 0, 0, 0, time.UTC),
		Pending: []string{
			"template new has not been taken up by Gatekeeper yet", "template wrong: no", "template bad: no",
			"constraint K/old has not been taken up by Gatekeeper yet", "constraint K/lost: no",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestSummarizeUnaudited tells no violations from none that is known.
func TestSummarizeUnaudited(t *testing.T) {
	if got := fleet.Summarize(nil, nil); got.Violations == nil || *got.Violations != 0 {
		t.Errorf("no constraint: %v", got.Violations)
	}
	if got := fleet.Summarize(nil, []*unstructured.Unstructured{installed("K", "new", nil, nil, nil)}); got.Violations != nil {
		t.Errorf("no audit yet: %v", *got.Violations)
	}
}

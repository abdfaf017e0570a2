package policy_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

func TestObserve(t *testing.T) {
	pod := func(id string, seen int64, more map[string]any) any {
		fields := map[string]any{"id": id, "observedGeneration": seen}
		for name, value := range more {
			fields[name] = value
		}
		return fields
	}
	point := func(message string) map[string]any {
		return map[string]any{"enforcementPointsStatus": []any{map[string]any{
			"enforcementPoint": "vap.k8s.io", "state": "error", "message": message,
		}}}
	}
	seven := int64(7)
	for name, tc := range map[string]struct {
		status  map[string]any
		want    policy.Observed
		settled bool
	}{
		"nothing yet": {nil, policy.Observed{}, false},
		"seen by all, and audited": {
			map[string]any{
				"byPod": []any{pod("a", 3, nil), pod("b", 3, nil)}, "totalViolations": int64(7), "auditTimestamp": "2026-08-01T10:00:00Z",
			},
			policy.Observed{Pods: 2, Violations: &seven, Audited: time.Date(2026, 8, 1, 10, 0, 0, 0, time.UTC)},
			true,
		},
		"some lag behind": {
			map[string]any{"byPod": []any{pod("c", 1, nil), pod("a", 3, nil), pod("b", 2, nil)}},
			policy.Observed{Pods: 3, Behind: []string{"b", "c"}},
			false,
		},
		"errors, each once": {
			map[string]any{"byPod": []any{
				pod("a", 3, map[string]any{"errors": []any{map[string]any{"code": "x", "message": "no such kind"}, map[string]any{"code": "rego_parse_error"}}}),
				pod("b", 3, map[string]any{"errors": []any{map[string]any{"message": "no such kind"}}}),
			}},
			policy.Observed{Pods: 2, Errors: []string{"no such kind", "rego_parse_error"}},
			false,
		},
		"what every constraint in Rego has is no error": {
			map[string]any{"byPod": []any{pod("a", 3, point("K8sNativeValidation engine is missing"))}},
			policy.Observed{Pods: 1}, true,
		},
		"another error of an enforcement point is one": {
			map[string]any{"byPod": []any{pod("a", 3, point("no rights"))}},
			policy.Observed{Pods: 1, Errors: []string{"vap.k8s.io: no rights"}}, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			object := &unstructured.Unstructured{Object: map[string]any{"status": tc.status}}
			object.SetGeneration(3)
			got := policy.Observe(object)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
			if got.Settled() != tc.settled {
				t.Errorf("settled: %v", got.Settled())
			}
		})
	}
}

func TestAction(t *testing.T) {
	for want, spec := range map[string]map[string]any{"deny": nil, "warn": {"enforcementAction": "warn"}} {
		if got := policy.Action(&unstructured.Unstructured{Object: map[string]any{"spec": spec}}); got != want {
			t.Errorf("want %s, found %s", want, got)
		}
	}
}

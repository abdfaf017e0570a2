package policy_test

import (
	"testing"

	"sigs.k8s.io/yaml"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

func TestSelectors(t *testing.T) {
	for text, tc := range map[string]struct {
		want  string
		empty bool
	}{
		"null":               {"all", true},
		"{}":                 {"all", true},
		"{providers: []}":    {"all", true},
		"{providers: [aws]}": {"aws", false},
		"{labelSelector: {matchLabels: {a: b, c: d}}}":                      {"a=b,c=d", false},
		"{labelSelector: {}}":                                               {"all", true},
		"{providers: [aws, gcp], labelSelector: {}}":                        {"aws|gcp", false},
		"{providers: [aws, gcp], labelSelector: {matchLabels: {a: b}}}":     {"aws|gcp a=b", false},
		"{labelSelector: {matchExpressions: [{key: a, operator: Exists}]}}": {"a", false},
	} {
		t.Run(text, func(t *testing.T) {
			var selector *kubermaticv1.ClusterSelector
			var stored map[string]any
			for _, into := range []any{&selector, &stored} {
				if err := yaml.Unmarshal([]byte(text), into); err != nil {
					t.Fatal(err)
				}
			}
			if got := policy.SelectorString(selector); got != tc.want {
				t.Errorf("want %q, found %q", tc.want, got)
			}
			if got := policy.EmptySelector(stored); got != tc.empty {
				t.Errorf("empty: want %v, found %v", tc.empty, got)
			}
		})
	}
}

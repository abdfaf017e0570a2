package kubequery

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/resources"
)

// TestExample runs the policy of examples/query on a cluster that has
// something to find.
func TestExample(t *testing.T) {
	budgets := resources.Resource{Group: "policy", Version: "v1", Name: "poddisruptionbudgets", Namespaced: true}
	forbidden := status(403, "Forbidden", "no")
	answers := map[resources.Resource]string{
		deployments: `{"items":[
			{"metadata":{"name":"alone","namespace":"shop"},"spec":{"replicas":1,"template":{"metadata":{"labels":{"app":"alone"}}}}},
			{"metadata":{"name":"bare","namespace":"shop"},"spec":{"replicas":3,"template":{"metadata":{"labels":{"app":"bare"}}}}},
			{"metadata":{"name":"safe","namespace":"shop"},"spec":{"replicas":3,"template":{"metadata":{"labels":{"app":"safe","tier":"front"}}}}},
			{"metadata":{"name":"safe","namespace":"elsewhere"},"spec":{"replicas":2,"template":{"metadata":{}}}},
			{"metadata":{"name":"off","namespace":"shop"},"spec":{"replicas":0,"template":{"metadata":{}}}}]}`,
		budgets: `{"items":[{"metadata":{"name":"safe","namespace":"shop"},"spec":{"selector":{"matchLabels":{"app":"safe"}}}}]}`,
	}
	input, err := os.ReadFile("../../examples/query/input.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		input     []byte
		refused   resources.Resource
		namespace string
		want      string
	}{
		"cluster": {want: `[{"object":"elsewhere/safe","problem":"has several replicas that no PodDisruptionBudget protects"},` +
			`{"object":"shop/alone","problem":"has one replica"},` +
			`{"object":"shop/bare","problem":"has several replicas that no PodDisruptionBudget protects"}]`},
		"one namespace, not allowed": {
			input: input, namespace: "shop", refused: deployments,
			want: `[{"object":"deployments.apps","problem":"cannot be listed: 403 Forbidden"}]`,
		},
		"budgets not allowed": {
			refused: budgets,
			want: `[{"object":"poddisruptionbudgets","problem":"cannot be listed: 403 Forbidden"},` +
				`{"object":"shop/alone","problem":"has one replica"}]`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			cluster := newFake(func(_ int, request Request) (int, string) {
				if request.Resource == tc.refused {
					return 403, forbidden
				}
				return 200, answers[request.Resource]
			})
			cluster.resources["poddisruptionbudgets"] = budgets
			result, err := Evaluate(t.Context(), cluster, Options{
				Expr: "data.disruption.findings", Paths: []string{"../../examples/query/disruption.rego"}, Input: tc.input,
			})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, text(t, result.Rows[0].Expressions[0].Value)); diff != "" {
				t.Error(diff)
			}
			for _, request := range cluster.requests {
				if request.Namespace != tc.namespace {
					t.Errorf("want namespace %q, found %+v", tc.namespace, request)
				}
			}
			if len(cluster.requests) != 2 {
				t.Errorf("want two requests, found %v", cluster.requests)
			}
		})
	}
}

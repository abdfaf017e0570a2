package leastrbac_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/leastrbac"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/resources"
)

var (
	pods        = resources.Resource{Version: "v1", Name: "pods", Kind: "Pod", Namespaced: true}
	secrets     = resources.Resource{Version: "v1", Name: "secrets", Kind: "Secret", Namespaced: true}
	services    = resources.Resource{Version: "v1", Name: "services", Kind: "Service", Namespaced: true}
	nodes       = resources.Resource{Version: "v1", Name: "nodes", Kind: "Node"}
	deployments = resources.Resource{Group: "apps", Version: "v1", Name: "deployments", Kind: "Deployment", Namespaced: true}
)

// at are lines of a policy.
func at(lines ...int) []manifest.Position {
	positions := []manifest.Position{}
	for _, line := range lines {
		positions = append(positions, manifest.Position{File: "p.rego", Line: line})
	}
	return positions
}

// lines writes rules with the lines that they come from.
func lines(rules leastrbac.Rules) []string {
	texts := []string{}
	for _, rule := range rules {
		text := rule.String()
		for _, position := range rule.At {
			text += " " + position.String()
		}
		if rule.Recorded {
			text += " (recorded)"
		}
		texts = append(texts, text)
	}
	return texts
}

func TestNewRules(t *testing.T) {
	older := deployments
	older.Version = "v1beta1"
	for name, tc := range map[string]struct {
		rules []leastrbac.Rule
		want  []string
	}{
		"none": {want: []string{}},
		"sorted": {
			[]leastrbac.Rule{
				{Verb: "list", Resource: deployments}, {Verb: "list", Resource: pods}, {Verb: "get", Resource: nodes, Name: "a"},
				{Verb: "get", Resource: pods}, {Verb: "list", Resource: pods, Namespace: "a"},
			},
			[]string{`get nodes "a"`, "get pods in all namespaces", "list pods in all namespaces", "list deployments.apps in all namespaces"},
		},
		"the same twice": {
			[]leastrbac.Rule{{Verb: "get", Resource: pods, Name: "a", At: at(3, 1)}, {Verb: "get", Resource: pods, Name: "a", At: at(2, 1)}},
			[]string{`get pods "a" in all namespaces p.rego:1 p.rego:2 p.rego:3`},
		},
		"of another version": {
			[]leastrbac.Rule{{Verb: "list", Resource: deployments}, {Verb: "list", Resource: older}},
			[]string{"list deployments.apps in all namespaces"},
		},
		"wider first": {
			[]leastrbac.Rule{{Verb: "get", Resource: pods, At: at(1)}, {Verb: "get", Resource: pods, Namespace: "a", Name: "b", At: at(2)}},
			[]string{"get pods in all namespaces p.rego:1 p.rego:2"},
		},
		"wider last": {
			[]leastrbac.Rule{
				{Verb: "get", Resource: pods, Namespace: "a", Name: "b", At: at(3)}, {Verb: "get", Resource: pods, Namespace: "a", At: at(2)},
				{Verb: "get", Resource: pods, Namespace: "b", At: at(5)}, {Verb: "get", Resource: pods, At: at(1)},
			},
			[]string{"get pods in all namespaces p.rego:1 p.rego:2 p.rego:3 p.rego:5"},
		},
		"neither is wider": {
			[]leastrbac.Rule{{Verb: "get", Resource: secrets, Name: "ca"}, {Verb: "get", Resource: secrets, Namespace: "shop"}},
			[]string{`get secrets "ca" in all namespaces`, `get secrets in namespace "shop"`},
		},
		"a list is no get": {
			[]leastrbac.Rule{{Verb: "list", Resource: pods}, {Verb: "get", Resource: pods, Namespace: "a", Name: "b"}},
			[]string{"list pods in all namespaces", `get pods "b" in namespace "a"`},
		},
		"recorded, and in the code": {
			[]leastrbac.Rule{{Verb: "list", Resource: pods, Recorded: true}, {Verb: "list", Resource: pods}},
			[]string{"list pods in all namespaces"},
		},
		"in the code, and recorded": {
			[]leastrbac.Rule{{Verb: "list", Resource: pods}, {Verb: "list", Resource: pods, Recorded: true}},
			[]string{"list pods in all namespaces"},
		},
		"recorded wider": {
			[]leastrbac.Rule{{Verb: "list", Resource: pods, Namespace: "a"}, {Verb: "list", Resource: pods, Recorded: true}, {Verb: "list", Resource: pods, Namespace: "b"}},
			[]string{"list pods in all namespaces (recorded)"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			given := append([]leastrbac.Rule{}, tc.rules...)
			rules := leastrbac.NewRules(tc.rules...)
			if diff := cmp.Diff(tc.want, lines(rules)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(given, append([]leastrbac.Rule{}, tc.rules...)); diff != "" {
				t.Errorf("what was given is changed: %s", diff)
			}
			for _, rule := range tc.rules {
				if !rules.Cover(rule) {
					t.Errorf("%s is lost", rule)
				}
			}
		})
	}
}

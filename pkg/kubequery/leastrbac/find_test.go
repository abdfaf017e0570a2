package leastrbac_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/leastrbac"
	"github.com/kubectl-opa/kubectl-opa/pkg/redact"
	"github.com/kubectl-opa/kubectl-opa/pkg/resources"
)

// some is a cluster that serves a few resources.
type some struct{ err error }

// Resolve implements leastrbac.Resolver.
func (s some) Resolve(_ context.Context, word string) (resources.Resource, error) {
	if s.err != nil {
		return resources.Resource{}, s.err
	}
	served := map[string]resources.Resource{
		"pods": pods, "po": pods, "secrets": secrets, "services": services, "nodes": nodes, "deploy": deployments,
	}
	if resource, ok := served[word]; ok {
		return resource, nil
	}
	return resources.Resource{}, &resources.UnknownError{Word: word, Nearest: []string{"pods"}}
}

// recorded is a recording of requests.
func recorded(requests ...kubequery.Request) []leastrbac.Recording {
	return []leastrbac.Recording{{File: "run.json", Requests: requests}}
}

func TestFind(t *testing.T) {
	const header = "package p\n\nimport data.kubernetes.api.client\n\n"
	redacted := kubequery.Request{Resource: pods, Name: "a" + redact.Mark, Namespace: "b"}
	for name, tc := range map[string]struct {
		policy     string
		recordings []leastrbac.Recording
		want       []string
		unknown    string
	}{
		"nothing":             {policy: `x := 1`, want: []string{}},
		"a list":              {policy: `x := client.query_all("po")`, want: []string{"list pods in all namespaces p/p.rego:5:6"}},
		"a list of one place": {policy: `x := client.query_ns("pods", "a")`, want: []string{`list pods in namespace "a" p/p.rego:5:6`}},
		"of no place":         {policy: `x := client.query_ns("pods", "")`, want: []string{"list pods in all namespaces p/p.rego:5:6"}},
		"of one or no place": {
			policy: `x := [client.query_ns("pods", {"a", ""}[_])]`, want: []string{"list pods in all namespaces p/p.rego:5:7"},
		},
		"of any place":      {policy: `x := client.query_ns("pods", input.a)`, want: []string{"list pods in all namespaces p/p.rego:5:6"}},
		"nodes of a place":  {policy: `x := client.query_ns("nodes", "a")`, want: []string{"list nodes p/p.rego:5:6"}},
		"an object":         {policy: `x := client.query_name_ns("secrets", "a", "b")`, want: []string{`get secrets "a" in namespace "b" p/p.rego:5:6`}},
		"of any name":       {policy: `x := client.query_name_ns("secrets", input.a, "b")`, want: []string{`get secrets in namespace "b" p/p.rego:5:6`}},
		"a name everywhere": {policy: `x := client.query_name_ns("secrets", "a", input.b)`, want: []string{`get secrets "a" in all namespaces p/p.rego:5:6`}},
		"a node":            {policy: `x := client.query_name("nodes", "a")`, want: []string{`get nodes "a" p/p.rego:5:6`}},
		"names and places": {
			policy: `x := [client.query_name_ns("pods", {"a", "b"}[_], {"c", "d"}[_])]`,
			want: []string{
				`get pods "a" in namespace "c" p/p.rego:5:7`, `get pods "b" in namespace "c" p/p.rego:5:7`,
				`get pods "a" in namespace "d" p/p.rego:5:7`, `get pods "b" in namespace "d" p/p.rego:5:7`,
			},
		},
		"what is refused": {
			policy: "x := [client.query_all(\"\"), client.query_name_ns(\"pods\", {\"\", \"a/b\"}[_], \"a\"), client.query_name_ns(\"pods\", \"a\", \"\"),\n" +
				"client.query_name(\"pods\", \"a\"), client.query_ns(\"pods\", \"a/b\"), client.query_ns(7, \"a\")]",
			want: []string{},
		},
		"two lines": {
			policy: "x := client.query_all(\"pods\")\n\ny := client.query_ns(\"pods\", \"a\")",
			want:   []string{"list pods in all namespaces p/p.rego:5:6 p/p.rego:7:6"},
		},
		"unknown": {
			policy: "x := client.query_all(input.a)\n\ny := client.query_all(\"pods\")", want: []string{"list pods in all namespaces p/p.rego:7:6"},
			unknown: "p/p.rego:5:6",
		},
		"recorded": {
			policy: `x := client.query_all(input.a)`, recordings: recorded(kubequery.Request{Resource: deployments, LabelSelector: "a=b"}),
			want: []string{"list deployments.apps in all namespaces p/p.rego:5:6 run.json (recorded)"},
		},
		"recorded, of a place": {
			policy: `x := client.query_ns(input.a, "b")`, recordings: recorded(kubequery.Request{Resource: deployments, Namespace: "b"}),
			want: []string{`list deployments.apps in namespace "b" p/p.rego:5:6 run.json (recorded)`},
		},
		"recorded, of any place": {
			policy: `x := client.query_name_ns(input.a, input.b, input.c)`, recordings: recorded(kubequery.Request{Resource: deployments, Name: "b", Namespace: "c"}),
			want: []string{`get deployments.apps in all namespaces p/p.rego:5:6 run.json (recorded)`},
		},
		"recorded, of any name": {
			policy: `x := client.query_name_ns(input.a, input.b, "c")`, recordings: recorded(kubequery.Request{Resource: deployments, Name: "b", Namespace: "c"}),
			want: []string{`get deployments.apps in namespace "c" p/p.rego:5:6 run.json (recorded)`},
		},
		"recorded, a node of a place": {
			policy: `x := client.query_name_ns(input.a, "b", "c")`, recordings: recorded(kubequery.Request{Resource: nodes, Name: "b"}),
			want: []string{`get nodes "b" p/p.rego:5:6 run.json (recorded)`},
		},
		"recorded, a Secret": {
			policy: `x := client.query_name_ns(input.a, input.b, input.c)`, recordings: recorded(kubequery.Request{Resource: secrets, Name: "b", Namespace: "c"}),
			want: []string{`get secrets "b" in namespace "c" p/p.rego:5:6 run.json (recorded)`},
		},
		"recorded by another call": {
			policy: `x := client.query_all(input.a)`, recordings: recorded(
				kubequery.Request{Resource: pods, Namespace: "a"}, kubequery.Request{Resource: pods, Name: "a", Namespace: "a"},
			), want: []string{}, unknown: "p/p.rego:5:6",
		},
		"recorded, and in the code": {
			policy:     "x := client.query_all(input.a)\n\ny := client.query_all(\"pods\")",
			recordings: recorded(kubequery.Request{Resource: pods}), want: []string{"list pods in all namespaces p/p.rego:7:6"},
		},
		"recorded, of two calls": {
			policy:     "x := client.query_ns(input.a, \"b\")\n\ny := client.query_ns(input.a, input.b)",
			recordings: recorded(kubequery.Request{Resource: pods, Namespace: "b"}, kubequery.Request{Resource: services, Namespace: "c"}),
			want:       []string{"list pods in all namespaces p/p.rego:5:6 p/p.rego:7:6 run.json (recorded)", "list services in all namespaces p/p.rego:7:6 run.json (recorded)"},
		},
		"recorded without its name": {
			policy: `x := client.query_name_ns(input.a, input.b, "b")`, recordings: recorded(redacted),
			want: []string{`get pods in namespace "b" p/p.rego:5:6 run.json (recorded)`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			program := compile(t, "", false, map[string]string{"p.rego": header + tc.policy + "\n"})
			result, err := leastrbac.Find(t.Context(), some{}, leastrbac.Calls(program, true), tc.recordings)
			if err != nil {
				t.Fatal(err)
			}
			unknown := []string{}
			for _, call := range result.Unknown {
				unknown = append(unknown, call.At.String())
			}
			if diff := cmp.Diff(tc.want, lines(result.Rules)); diff != "" || strings.Join(unknown, " ") != tc.unknown {
				t.Errorf("unknown %q, %s", unknown, diff)
			}
		})
	}
}

func TestFindFails(t *testing.T) {
	const header = "package p\n\nimport data.kubernetes.api.client\n\n"
	many := make([]string, 101)
	for i := range many {
		many[i] = fmt.Sprintf("%q", fmt.Sprint("a", i))
	}
	set := strings.Join(many, ", ")
	redacted := recorded(kubequery.Request{Resource: secrets, Name: redact.Mark, Namespace: "b"})
	for name, tc := range map[string]struct {
		policy     string
		resolver   some
		recordings []leastrbac.Recording
		want       string
		next       []string
	}{
		"unknown words": {
			policy: "x := client.query_all(\"podz\")\n\ny := client.query_all({\"pods\", \"z\"}[input.z])",
			want:   "p/p.rego:5:6: calling query_all: the server has no resource \"podz\"; nearest: pods\np/p.rego:7:6: calling query_all: the server has no resource \"z\"; nearest: pods",
		},
		"no cluster": {
			policy:   "x := client.query_all(\"pods\")\n\ny := client.query_all(\"nodes\")",
			resolver: some{errors.New("unreachable")}, want: "p/p.rego:5:6: calling query_all: unreachable",
		},
		"no namespace": {
			policy: `x := client.query_ns("pods", "A_b")`,
			want:   `p/p.rego:5:6: calling query_ns: no namespace can be called "A_b": a lowercase RFC 1123 label must consist of`,
		},
		"too many": {
			policy: "names := {" + set + "}\n\nx := [client.query_name_ns(\"pods\", names[_], names[_])]", want: "p/p.rego:7:7: calling query_name_ns: more than 10000 different things are asked for",
			next: []string{"ask for a list of them, without a name or in all namespaces"},
		},
		"a Secret whose name was left out": {
			policy: `x := client.query_name_ns(input.a, input.b, "b")`, recordings: redacted,
			want: `reading the recording run.json: get secrets "<redacted>" in namespace "b" was asked, with the value of a Secret that was left out`,
			next: []string{"record again with --record-secrets"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			program := compile(t, "", false, map[string]string{"p.rego": header + tc.policy + "\n"})
			result, err := leastrbac.Find(t.Context(), tc.resolver, leastrbac.Calls(program, true), tc.recordings)
			if err == nil || !strings.HasPrefix(err.Error(), tc.want) {
				t.Fatalf("%d rules, error %v", len(result.Rules), err)
			}
			if diff := cmp.Diff(append([]string{}, tc.next...), advice.Next(err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRecorded(t *testing.T) {
	rules, err := leastrbac.Recorded(append(
		recorded(kubequery.Request{Resource: pods, Name: "a", Namespace: "b"}, kubequery.Request{Resource: pods}, kubequery.Request{Resource: nodes, Name: "a"}),
		leastrbac.Recording{File: "two.json", Requests: []kubequery.Request{{Resource: pods, Namespace: "a"}, {Resource: nodes, Name: "a"}}},
	))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`get nodes "a" run.json two.json (recorded)`, "list pods in all namespaces run.json two.json (recorded)",
		`get pods "a" in namespace "b" run.json (recorded)`,
	}
	if diff := cmp.Diff(want, lines(rules)); diff != "" {
		t.Error(diff)
	}
	const failed = `reading the recording run.json: list pods in namespace "<redacted>" was asked, with the value of a Secret that was left out`
	if _, err := leastrbac.Recorded(recorded(kubequery.Request{Resource: pods, Namespace: redact.Mark})); err == nil || err.Error() != failed {
		t.Error(err)
	}
}

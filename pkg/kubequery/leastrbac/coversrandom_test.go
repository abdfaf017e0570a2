package leastrbac_test

import (
	"context"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/leastrbac"
	"github.com/kubectl-opa/kubectl-opa/pkg/resources"
)

// anything is a cluster that has whatever is asked for.
type anything struct{}

// Resolve implements kubequery.Cluster: of these resources nodes alone are
// cluster-scoped.
func (anything) Resolve(_ context.Context, word string) (resources.Resource, error) {
	return resources.Resource{Version: "v1", Name: word, Kind: word, Namespaced: word != "nodes"}, nil
}

// Do implements kubequery.Cluster.
func (anything) Do(context.Context, kubequery.Request) (kubequery.Response, error) {
	return kubequery.Response{
		StatusCode: 200, Status: "200 OK", Body: io.NopCloser(strings.NewReader(`{"kind": "List", "items": [{"metadata": {"name": "x"}}]}`)),
	}, nil
}

// randomInput is what random policies read.
const randomInput = `{"one": "endpoints", "words": ["events", "pods"], "first": true}`

// covered runs a policy, and says what of it no rule covers. compiled is whether
// it is one, asked how many requests it made, and told whether the code told
// all of them.
func covered(t *testing.T, policy string) (problem string, compiled bool, asked int, told bool) {
	t.Helper()
	o := kubequery.Options{
		Expr: "data.p", Paths: []string{"p"}, FS: fstest.MapFS{"p/p.rego": {Data: []byte(policy)}}, Input: []byte(randomInput),
	}
	program, err := kubequery.Compile(t.Context(), o)
	if err != nil {
		return "", false, 0, false
	}
	listening := listening{anything{}, map[kubequery.Request]bool{}}
	_, _ = kubequery.Evaluate(t.Context(), listening, o) // a refused argument ends it, and that is fine
	calls := leastrbac.Calls(program, false)
	known := []leastrbac.Call{}
	for _, call := range calls {
		if call.Resource.Known {
			known = append(known, call)
		}
	}
	return uncovered(t, anything{}, calls, known, listening.recording()), true, len(listening.asked), len(known) == len(calls)
}

// TestCoversRandom wants whatever random policies ask to be covered.
func TestCoversRandom(t *testing.T) {
	const policies = 150
	compiled, asked, told := 0, 0, 0
	for seed := range uint64(policies) {
		policy := randomPolicy(rand.New(rand.NewPCG(seed, 0)).IntN)
		problem, isPolicy, requests, isTold := covered(t, policy)
		if problem != "" {
			t.Fatalf("%s\n%s", problem, policy)
		}
		asked += requests
		if isPolicy {
			compiled++
		}
		if isTold {
			told += requests
		}
	}
	t.Logf("%d of %d are policies, which made %d requests, %d where the code tells all", compiled, policies, asked, told)
	if compiled < policies*3/4 || asked < policies || told < asked/8 {
		t.Errorf("%d of %d are policies, which made %d requests, %d where the code tells all: this shows little", compiled, policies, asked, told)
	}
}

// FuzzCovers does the same for whatever choices.
func FuzzCovers(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
	f.Fuzz(func(t *testing.T, choices []byte) {
		i := 0
		policy := randomPolicy(func(n int) int {
			if i++; i > len(choices) {
				return i % n
			}
			return int(choices[i-1]) % n
		})
		if problem, _, _, _ := covered(t, policy); problem != "" {
			t.Errorf("%s\n%s", problem, policy)
		}
	})
}

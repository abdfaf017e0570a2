package leastrbac_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"testing"
	"testing/fstest"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/conformance"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/leastrbac"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/offline"
	"github.com/kubectl-opa/kubectl-opa/pkg/resources"
)

// listening notes what a cluster is asked.
type listening struct {
	kubequery.Cluster
	asked map[kubequery.Request]bool
}

// Do implements kubequery.Cluster.
func (l listening) Do(ctx context.Context, request kubequery.Request) (kubequery.Response, error) {
	request.Limit, request.Continue = 0, ""
	l.asked[request] = true
	return l.Cluster.Do(ctx, request)
}

func (l listening) recording() leastrbac.Recording {
	recording := leastrbac.Recording{File: "run.json"}
	for request := range l.asked {
		recording.Requests = append(recording.Requests, request)
	}
	return recording
}

// TestCoversConformance wants whatever a conformance case asks to be covered by
// what its code tells, with that run for the calls of which it cannot tell.
func TestCoversConformance(t *testing.T) {
	files, err := conformance.Load(os.DirFS("../../../testdata/conformance/query"))
	if err != nil {
		t.Fatal(err)
	}
	asked, told := 0, 0
	for _, file := range files {
		list, err := file.Manifests()
		if err != nil {
			t.Fatal(err)
		}
		cluster, err := offline.Load([]string{"-"}, bytes.NewReader(list))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range file.Cases {
			t.Run(file.Name+"/"+c.Name, func(t *testing.T) {
				policies := fstest.MapFS{"p/p.rego": {Data: []byte(c.Module())}}
				o := kubequery.Options{Expr: conformance.Query, Paths: []string{"p"}, FS: policies, Input: c.Input}
				listening := listening{cluster, map[kubequery.Request]bool{}}
				_, _ = kubequery.Evaluate(t.Context(), listening, o) // an error is what some cases want
				program, err := kubequery.Compile(t.Context(), o)
				if err != nil {
					return // nothing was asked either
				}
				calls := leastrbac.Calls(program, false)
				known := []leastrbac.Call{}
				for _, call := range calls {
					if call.Resource.Known {
						known = append(known, call)
					}
				}
				problem := uncovered(t, meaning{cluster}, calls, known, listening.recording())
				if problem != "" {
					t.Errorf("%s\n%s", problem, c.Module())
				}
				asked += len(listening.asked)
				if len(known) == len(calls) {
					told += len(listening.asked)
				}
			})
		}
	}
	if asked < 200 || told < asked/2 {
		t.Errorf("%d requests, %d of them where the code tells all: this shows little", asked, told)
	}
}

// meaning resolves what it can, and takes all else for pods: those calls of a
// case that are meant to fail do not matter here.
type meaning struct{ kubequery.Cluster }

// Resolve implements leastrbac.Resolver.
func (m meaning) Resolve(ctx context.Context, word string) (resource resources.Resource, err error) {
	if resource, err = m.Cluster.Resolve(ctx, word); err != nil {
		return pods, nil
	}
	return resource, nil
}

// uncovered says what of a run no rule covers. Where the code tells all, its
// rules have to; else those with that run as a recording.
func uncovered(t *testing.T, resolver leastrbac.Resolver, calls, known []leastrbac.Call, recording leastrbac.Recording) string {
	t.Helper()
	recordings := []leastrbac.Recording{recording}
	if len(known) == len(calls) {
		recordings = nil
	}
	result, err := leastrbac.Find(t.Context(), resolver, calls, recordings)
	if err != nil {
		return "" // no rule is given
	}
	needed, err := leastrbac.Recorded([]leastrbac.Recording{recording})
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range needed {
		if !result.Rules.Cover(rule) {
			return fmt.Sprintf("no rule covers: %s\nrules: %q", rule, lines(result.Rules))
		}
	}
	return ""
}

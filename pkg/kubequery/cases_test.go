package kubequery_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/conformance"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/offline"
)

// TestCases runs the conformance cases on their objects, whole and as far as
// the policy can observe them: the outcome is the same, and the one that is
// wanted of manifests.
func TestCases(t *testing.T) {
	files, err := conformance.Load(os.DirFS("../../testdata/conformance/query"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		t.Run(file.Name, func(t *testing.T) {
			cluster := load(t, file)
			for _, c := range file.Cases {
				t.Run(c.Name, func(t *testing.T) {
					whole, projected := evaluate(t, cluster, c, true), evaluate(t, cluster, c, false)
					if diff := cmp.Diff(whole, projected); diff != "" {
						t.Errorf("whole(-) projected(+):\n%s", diff)
					}
					if problem := c.Judge(whole); c.For(conformance.From) && problem != "" {
						t.Error(problem)
					}
				})
			}
		})
	}
}

// load makes a cluster of the objects of a file.
func load(t *testing.T, file conformance.File) *offline.Cluster {
	t.Helper()
	list, err := file.Manifests()
	if err != nil {
		t.Fatal(err)
	}
	cluster, err := offline.Load([]string{"-"}, bytes.NewReader(list))
	if err != nil {
		t.Fatal(err)
	}
	return cluster
}

func evaluate(t *testing.T, cluster kubequery.Cluster, c conformance.Case, whole bool) conformance.Outcome {
	t.Helper()
	outcome := conformance.Outcome{}
	result, err := kubequery.Evaluate(t.Context(), cluster, kubequery.Options{
		Expr: conformance.Query, Paths: []string{"policy.rego"}, Input: c.Input, Whole: whole,
		FS:     fstest.MapFS{"policy.rego": {Data: []byte(c.Module())}},
		Notify: func(event kubequery.Event) { outcome.Warning += fmt.Sprintln(event) },
	})
	if err != nil {
		outcome.Error = err.Error()
		return outcome
	}
	if len(result.Rows) > 0 {
		if outcome.Value, err = json.Marshal(result.Rows[0].Expressions[0].Value); err != nil {
			t.Fatal(err)
		}
	}
	return outcome
}

package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/conformance"
	"github.com/kubectl-opa/kubectl-opa/pkg/testcluster"
)

// afterWrites shows that a list has what was written before it was asked for,
// fifty times. A server whose cache is quick would hide it if a request let that
// cache answer, as one with a resourceVersion does: there is none.
func afterWrites(t *testing.T, cluster *testcluster.Cluster, cache string, deployed *deployments) {
	const namespace = "conform-after-writes"
	c := newCreator(t, cluster)
	write := func(kind string, metadata map[string]any) {
		t.Helper()
		object := map[string]any{"apiVersion": "v1", "kind": kind, "metadata": metadata}
		if err := c.create(t.Context(), &unstructured.Unstructured{Object: object}); err != nil {
			t.Fatal(err)
		}
	}
	var stale atomic.Int64
	kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
	server, err := inFront(cluster.Kubeconfig, kubeconfig, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Has("resourceVersion") || r.URL.Query().Has("resourceVersionMatch") {
				stale.Add(1)
			}
			next.ServeHTTP(w, r)
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	write("Namespace", map[string]any{"name": namespace})
	expr := fmt.Sprintf(`[item.metadata.name | some item in data.kubernetes.api.client.query_label_selector_ns("configmaps", {"written": "yes"}, %q).items]`, namespace)
	want := []string{}
	for i := range 50 {
		name := fmt.Sprintf("written-%02d", i)
		write("ConfigMap", map[string]any{"name": name, "namespace": namespace, "labels": map[string]any{"written": "yes"}})
		want = append(want, name)
		code, stdout, stderr := inProcess(t, "kubectl-opa", "query", expr, "--format", "raw", "--kubeconfig", kubeconfig, "--cache-dir", cache)
		var found []string
		if err := json.Unmarshal([]byte(stdout), &found); code != 0 || stderr != "" || err != nil {
			t.Fatalf("exit code %d, %v\n%s%s", code, err, stdout, stderr)
		}
		if diff := cmp.Diff(want, found); diff != "" {
			t.Fatalf("after %d writes: %s", i+1, diff)
		}
		question := conformance.Case{Expr: expr, Want: []byte(stdout)}
		if problem := question.Judge(deployed.as(t, "").evaluate(t, question)); problem != "" {
			t.Fatalf("after %d writes, with a deployed OPA: %s", i+1, problem)
		}
	}
	if stale.Load() > 0 {
		t.Errorf("%d requests let a cache answer", stale.Load())
	}
}

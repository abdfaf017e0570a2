package main

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/testcluster"
)

// afterWrites shows that a list has what was written before it was asked for,
// fifty times: no cache of the server's may answer.
func afterWrites(t *testing.T, cluster *testcluster.Cluster, cache string) {
	const namespace = "conform-after-writes"
	c := newCreator(t, cluster)
	write := func(kind string, metadata map[string]any) {
		t.Helper()
		object := map[string]any{"apiVersion": "v1", "kind": kind, "metadata": metadata}
		if err := c.create(t.Context(), &unstructured.Unstructured{Object: object}); err != nil {
			t.Fatal(err)
		}
	}
	write("Namespace", map[string]any{"name": namespace})
	expr := fmt.Sprintf(`[item.metadata.name | some item in data.kubernetes.api.client.query_label_selector_ns("configmaps", {"written": "yes"}, %q).items]`, namespace)
	want := []string{}
	for i := range 50 {
		name := fmt.Sprintf("written-%02d", i)
		write("ConfigMap", map[string]any{"name": name, "namespace": namespace, "labels": map[string]any{"written": "yes"}})
		want = append(want, name)
		code, stdout, stderr := inProcess(t, "kubectl-opa", "query", expr, "--format", "raw", "--kubeconfig", cluster.Kubeconfig, "--cache-dir", cache)
		var found []string
		if err := json.Unmarshal([]byte(stdout), &found); code != 0 || stderr != "" || err != nil {
			t.Fatalf("exit code %d, %v\n%s%s", code, err, stdout, stderr)
		}
		if diff := cmp.Diff(want, found); diff != "" {
			t.Fatalf("after %d writes: %s", i+1, diff)
		}
	}
}

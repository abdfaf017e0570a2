package offline_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/offline"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
)

// FuzzNew wants that whatever is read is an error, or can be asked for: what
// the documents have is in a list, and what is in a list is there by its name.
func FuzzNew(f *testing.F) {
	for _, text := range zoo() {
		f.Add(text)
	}
	f.Add(`{"kubernetes": {"pods": {"one": {"a": {}, "b": {"apiVersion": "v1", "kind": "Pod"}}}, "nodes": {"c": {"spec": {}}}}}`)
	f.Add(`{data: {kubernetes: {gizmos: {one: {g: {}}}, customresourcedefinitions: {gizmos.example.com: ` + gizmoCRD + `}}}}`)
	f.Add(`{mice: {one: {jerry: {apiVersion: example.com/v1, kind: Mouse}}}, cheeses: {edam: {apiVersion: example.com/v1, kind: Cheese}}}`)
	f.Add("{kind: PodList, apiVersion: v1, items: [{metadata: {name: a, labels: {a: b}}}]}")
	f.Fuzz(func(t *testing.T, text string) {
		documents, err := manifest.Parse("f", strings.NewReader(text))
		if err != nil {
			return
		}
		c, err := offline.New(documents)
		if err != nil {
			if strings.HasPrefix(err.Error(), "f:") || err == offline.ErrNoObjects { //nolint:errorlint // it is not wrapped.
				return
			}
			t.Fatalf("an error without a place: %v", err)
		}
		for _, d := range documents {
			if kind, _ := d.Value["kind"].(string); kind != "" && !strings.HasSuffix(kind, "Review") {
				findable(t, c, d)
			}
		}
	})
}

// findable wants that an object is found by its name and in a list.
func findable(t *testing.T, c *offline.Cluster, d manifest.Document) {
	object := d.Object()
	gvk := object.GroupVersionKind()
	word := gvk.Kind + "." + gvk.Version + "." + gvk.Group
	resource, err := c.Resolve(context.Background(), word)
	if err != nil || resource.Kind != gvk.Kind {
		return // a version that the CRD does not serve, a kind that is no word
	}
	_, err = c.Do(context.Background(), kubequery.Request{Resource: resource})
	if err != nil && strings.Contains(err.Error(), "only an API server can convert it") {
		return
	}
	one := ask(t, c, word, kubequery.Request{Namespace: object.GetNamespace(), Name: object.GetName()})
	if one.Status != "200 OK" || one.Body["kind"] != gvk.Kind {
		t.Fatalf("by name: %v", one)
	}
	key := object.GetName()
	if resource.Namespaced {
		key = object.GetNamespace() + "/" + key
	}
	if keys := listed(t, c, word); !slices.Contains(keys, key) {
		t.Fatalf("%s is not among %q", key, keys)
	}
}

package kube

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/rest"
)

// TestServed wants each resource in the best version that has it: Gatekeeper
// has AssignImage in its oldest version only.
func TestServed(t *testing.T) {
	documents := map[string]string{
		"/apis/mutations.gatekeeper.sh": `{"name": "mutations.gatekeeper.sh", "versions": [
			{"groupVersion": "mutations.gatekeeper.sh/v1alpha1", "version": "v1alpha1"},
			{"groupVersion": "mutations.gatekeeper.sh/v1", "version": "v1"}],
			"preferredVersion": {"groupVersion": "mutations.gatekeeper.sh/v1", "version": "v1"}}`,
		"/apis/mutations.gatekeeper.sh/v1": `{"resources": [{"name": "assign", "kind": "Assign"}, {"name": "assign/status", "kind": "Assign"}]}`,
		"/apis/mutations.gatekeeper.sh/v1alpha1": `{"resources": [{"name": "assign", "kind": "Assign"},
			{"name": "assignimage", "kind": "AssignImage"}, {"name": "inside", "kind": "Inside", "namespaced": true}]}`,
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		document, found := documents[r.URL.Path]
		if !found {
			w.WriteHeader(http.StatusNotFound)
		}
		_, _ = w.Write([]byte(document))
	}))
	t.Cleanup(server.Close)
	client, err := New(given{&rest.Config{Host: server.URL}})
	if err != nil {
		t.Fatal(err)
	}
	found, err := client.Served(t.Context(), "mutations.gatekeeper.sh")
	if err != nil {
		t.Fatal(err)
	}
	got := []string{}
	for _, served := range found {
		scope := "cluster"
		if served.Namespaced {
			scope = "namespaced"
		}
		got = append(got, served.Resource.String()+" "+served.Kind+" "+scope)
	}
	want := []string{
		"mutations.gatekeeper.sh/v1, Resource=assign Assign cluster",
		"mutations.gatekeeper.sh/v1alpha1, Resource=assignimage AssignImage cluster",
		"mutations.gatekeeper.sh/v1alpha1, Resource=inside Inside namespaced",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if found, err := client.Served(t.Context(), "nothing.example"); len(found) > 0 || err != nil {
		t.Errorf("not served: %v, %v", found, err)
	}
}

package kube

import (
	"io"
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

// TestServedFails wants a version that cannot be read to be an error, and one
// that is gone by then not to be: the group is being taken away.
func TestServedFails(t *testing.T) {
	for name, tc := range map[string]struct {
		code         int
		reason, want string
	}{
		"broken":     {http.StatusInternalServerError, "InternalError", `seed "x": asking which resources of a.example are served: broken`},
		"gone since": {http.StatusNotFound, "NotFound", ""},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				if r.URL.Path == "/apis/a.example" {
					_, _ = io.WriteString(w, `{"name": "a.example", "preferredVersion": {"version": "v1"}, "versions": [{"version": "v1"}, {"version": "v2"}]}`)
					return
				}
				if r.URL.Path == "/apis/a.example/v2" {
					w.WriteHeader(tc.code)
					_, _ = io.WriteString(w, `{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "`+tc.reason+`", "message": "broken"}`)
					return
				}
				_, _ = io.WriteString(w, `{"resources": [{"name": "things", "kind": "Thing"}]}`)
			}))
			t.Cleanup(server.Close)
			client, err := New(given{&rest.Config{Host: server.URL}})
			if err != nil {
				t.Fatal(err)
			}
			client.name = `seed "x"`
			served, err := client.Served(t.Context(), "a.example")
			got := ""
			if err != nil {
				got = err.Error()
			}
			if got != tc.want || len(served) > 0 {
				t.Errorf("want %q, found %v, %q", tc.want, served, got)
			}
		})
	}
}

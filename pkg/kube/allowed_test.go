package kube

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/rest"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/leastrbac"
	"github.com/kubectl-opa/kubectl-opa/pkg/resources"
)

// TestAllowed shows what is asked, and that only a server that says so allows.
func TestAllowed(t *testing.T) {
	rule := leastrbac.Rule{
		Verb: "get", Resource: resources.Resource{Group: "apps", Version: "v1", Name: "deployments", Namespaced: true}, Namespace: "shop", Name: "web",
	}
	const asking = `asking whether this user may get deployments.apps "web" in namespace "shop": `
	for name, tc := range map[string]struct {
		code           int
		answer         string
		allowed        bool
		reason, failed string
	}{
		"allowed":    {201, `{"status": {"allowed": true}}`, true, "", ""},
		"why":        {201, `{"status": {"allowed": true, "reason": "RBAC: allowed"}}`, true, "RBAC: allowed", ""},
		"missing":    {201, `{"status": {"allowed": false}}`, false, "", ""},
		"denied":     {201, `{"status": {"allowed": false, "denied": true, "reason": "no", "evaluationError": "no role x"}}`, false, "no; no role x", ""},
		"no status":  {201, `{}`, false, "", asking + "the server's answer has no status.allowed"},
		"no verdict": {201, `{"status": {"evaluationError": "down"}}`, false, "", asking + "the server's answer has no status.allowed"},
		"text":       {201, `{"status": {"allowed": "true"}}`, false, "", asking + "the server's answer has no status.allowed"},
		"an error":   {500, `{"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": "broken", "reason": "InternalError", "code": 500}`, false, "", asking + "broken"},
	} {
		t.Run(name, func(t *testing.T) {
			var asked map[string]any
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if want := "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews"; r.Method+" "+r.URL.Path != want {
					t.Errorf("%s %s", r.Method, r.URL.Path)
				}
				if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
					t.Error(err)
				}
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(tc.code)
				answer := tc.answer
				if tc.code == http.StatusCreated {
					answer = strings.Replace(answer, "{", `{"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",`, 1)
					answer = strings.Replace(answer, ",}", "}", 1)
				}
				_, _ = w.Write([]byte(answer))
			}))
			t.Cleanup(server.Close)
			client, err := New(given{&rest.Config{Host: server.URL}})
			if err != nil {
				t.Fatal(err)
			}
			allowed, reason, err := client.Allowed(t.Context(), rule)
			failed := ""
			if err != nil {
				failed = err.Error()
			}
			if allowed != tc.allowed || reason != tc.reason || failed != tc.failed {
				t.Errorf("allowed %v, reason %q, error %q", allowed, reason, failed)
			}
			want := map[string]any{"resourceAttributes": map[string]any{
				"verb": "get", "group": "apps", "version": "v1", "resource": "deployments", "namespace": "shop", "name": "web",
			}}
			if diff := cmp.Diff(want, asked["spec"]); diff != "" {
				t.Error(diff)
			}
		})
	}
}

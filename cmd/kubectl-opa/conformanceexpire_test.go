package main

import (
	"io"
	"net/http"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/conformance"
)

// expired is what the API server answers to a continue token that it has
// forgotten. The token in it continues an inconsistent list; whoever takes it
// gets an error here.
const expired = `{"kind":"Status","apiVersion":"v1","metadata":{"continue":"` + inconsistent + `"},"status":"Failure",` +
	`"message":"The provided continue parameter is too old to display a consistent list result. You can start a new list ` +
	`without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. ` +
	`Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted ` +
	`between the time the first chunk was returned and now may show up in the list.","reason":"Expired","code":410}` + "\n"

const inconsistent = "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6LTEsInN0YXJ0IjoiYzFcdTAwMDAifQ"

// expiring returns a kubeconfig that leads to the API server of another one,
// through a proxy with which continue tokens expire.
func expiring(t *testing.T, kubeconfig, when string) string {
	t.Helper()
	var seen atomic.Int64
	through := filepath.Join(t.TempDir(), "kubeconfig")
	server, err := inFront(kubeconfig, through, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch token := r.URL.Query().Get("continue"); {
			case token == inconsistent:
				http.Error(w, "this list would be inconsistent", http.StatusInternalServerError)
			case token != "" && (seen.Add(1) == 1 || when == conformance.ExpireAlways):
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(http.StatusGone)
				_, _ = io.WriteString(w, expired)
			default:
				next.ServeHTTP(w, r)
			}
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return through
}

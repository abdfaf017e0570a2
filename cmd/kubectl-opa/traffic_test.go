package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// traffic is a script's proxy and what has gone through it.
type traffic struct {
	server     *httptest.Server
	kubeconfig string

	mu               sync.Mutex
	written, dryRuns []string // "METHOD path"
}

// stop ends the proxy, and watches that still run.
func (t *traffic) stop() {
	t.server.CloseClientConnections()
	t.server.Close()
}

// take returns what has been counted and starts anew.
func (t *traffic) take() (written, dryRuns []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	written, dryRuns = t.written, t.dryRuns
	t.written, t.dryRuns = nil, nil
	return written, dryRuns
}

// count notes requests before they are served, so that whoever has an answer
// has been counted.
func (t *traffic) count(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodOptions}, r.Method) {
			next.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, "proxy of the test: "+err.Error(), http.StatusBadRequest)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		t.note(r, body)
		next.ServeHTTP(w, r)
	})
}

// note counts a request that writes. A body that cannot be read as options is
// no dry run: better one write too many than one too few.
func (t *traffic) note(r *http.Request, body []byte) {
	all := []string{metav1.DryRunAll}
	dry := slices.Equal(r.URL.Query()["dryRun"], all)
	if options := (metav1.DeleteOptions{}); r.Method == http.MethodDelete && json.Unmarshal(body, &options) == nil {
		dry = dry || slices.Equal(options.DryRun, all)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	line := r.Method + " " + r.URL.Path
	if dry {
		t.dryRuns = append(t.dryRuns, line)
	} else {
		t.written = append(t.written, line)
	}
}

// differs compares a count with what was counted, and names that.
func differs(what string, want int, got []string) error {
	if len(got) == want {
		return nil
	}
	return fmt.Errorf("%d %s, want %d\n%s", len(got), what, want, strings.Join(got, "\n"))
}

func TestTraffic(t *testing.T) {
	counted := &traffic{}
	bodies := []string{}
	handler := counted.count(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		bodies = append(bodies, string(body))
	}))
	for _, request := range [][3]string{
		{http.MethodGet, "/get", ""},
		{http.MethodHead, "/head", ""},
		{http.MethodOptions, "/options", ""},
		{http.MethodPost, "/post?fieldManager=x", "a"},
		{http.MethodPost, "/dry?dryRun=All", "b"},
		{http.MethodPatch, "/patch?dryRun=", `{"dryRun":["All"]}`},
		{http.MethodDelete, "/delete", `{"kind":"DeleteOptions"}`},
		{http.MethodDelete, "/dry", `{"kind":"DeleteOptions","dryRun":["All"]}`},
		{http.MethodDelete, "/proto", "k8s\x00"},
	} {
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(request[0], request[1], strings.NewReader(request[2])))
	}
	written, dryRuns := counted.take()
	if diff := cmp.Diff([]string{"POST /post", "PATCH /patch", "DELETE /delete", "DELETE /proto"}, written); diff != "" {
		t.Errorf("written: %s", diff)
	}
	if diff := cmp.Diff([]string{"POST /dry", "DELETE /dry"}, dryRuns); diff != "" {
		t.Errorf("dry runs: %s", diff)
	}
	if len(bodies) != 9 || bodies[3] != "a" || bodies[7] != `{"kind":"DeleteOptions","dryRun":["All"]}` {
		t.Errorf("passed on: %q", bodies)
	}
	if again, _ := counted.take(); len(again) != 0 {
		t.Errorf("counted twice: %q", again)
	}
	err := differs("write requests", 0, written[:2])
	if err == nil || err.Error() != "2 write requests, want 0\nPOST /post\nPATCH /patch" {
		t.Errorf("differs = %v", err)
	}
}

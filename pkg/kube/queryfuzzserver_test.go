package kube

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/client-go/rest"
)

// fuzzServer remembers what it was asked.
type fuzzServer struct {
	queries *Queries
	host    string

	mu   sync.Mutex
	sent []fuzzRequest
}

func newFuzzServer(t testing.TB) *fuzzServer {
	t.Helper()
	s := &fuzzServer{}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.host = server.Listener.Addr().String()
	observer := &Observer{Now: time.Now, Tracing: func() bool { return false }}
	client, err := New(getter{observer.Wrap(&rest.Config{Host: server.URL})})
	if err != nil {
		t.Fatal(err)
	}
	client.discovery = (&catalog{}).with("v1", "pods pod Pod", "nodes node Node!").with("apps/v1", "deployments deployment Deployment")
	s.queries = client.Queries()
	return s
}

// ServeHTTP implements http.Handler.
func (s *fuzzServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	request := fuzzRequest{Method: r.Method, Parameters: r.URL.Query()}
	if r.Host != s.host {
		request.Host = r.Host
	}
	for _, segment := range strings.Split(path, "/") {
		plain, err := url.PathUnescape(segment)
		if err != nil {
			plain = err.Error()
		}
		request.Segments = append(request.Segments, plain)
	}
	// The API server splits the path after it has unescaped it.
	if !slices.Equal(request.Segments, strings.Split(r.URL.Path, "/")) {
		request.Segments = []string{"split otherwise", r.URL.Path}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = append(s.sent, request)
	_, _ = io.WriteString(w, `{"items":[]}`)
}

func (s *fuzzServer) take() []fuzzRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	sent := s.sent
	s.sent = nil
	return sent
}

// input is the arguments, byte by byte: a Rego string can be no text at all.
func (s *fuzzServer) input(t *testing.T, a arguments) []byte {
	t.Helper()
	encoded := map[string]string{}
	for name, value := range map[string]string{"resource": a.Resource, "name": a.Name, "namespace": a.Namespace, "selector": a.Selector} {
		encoded[name] = base64.StdEncoding.EncodeToString([]byte(value))
	}
	text, err := json.Marshal(encoded)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (s *fuzzServer) expr(c fuzzCall) string {
	expr := ""
	for _, name := range []string{"resource", "name", "namespace", "selector"} {
		if strings.Contains(c.expr, name) {
			expr += name + " := base64.decode(input." + name + "); "
		}
	}
	return expr + "data.kubernetes.api.client." + c.expr
}

package server

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
	"github.com/kubectl-opa/kubectl-opa/pkg/resources"
)

// fake is a cluster that answers each request alike, to several goroutines.
type fake struct {
	// do answers in the place of code and body; nil lets them answer.
	do   func(ctx context.Context, request kubequery.Request) (int, string, error)
	code int
	body string

	mu       sync.Mutex
	requests []kubequery.Request
}

var known = map[string]resources.Resource{
	"pods":        {Version: "v1", Name: "pods", Kind: "Pod", Namespaced: true},
	"secrets":     {Version: "v1", Name: "secrets", Kind: "Secret", Namespaced: true},
	"nodes":       {Version: "v1", Name: "nodes", Kind: "Node"},
	"deployments": {Group: "apps", Version: "v1", Name: "deployments", Kind: "Deployment", Namespaced: true},
}

// Resolve implements kubequery.Cluster.
func (f *fake) Resolve(_ context.Context, word string) (resources.Resource, error) {
	if resource, ok := known[word]; ok {
		return resource, nil
	}
	return resources.Resource{}, &resources.UnknownError{Word: word, Nearest: []string{"pods"}}
}

// Do implements kubequery.Cluster.
func (f *fake) Do(ctx context.Context, request kubequery.Request) (kubequery.Response, error) {
	f.mu.Lock()
	f.requests = append(f.requests, request)
	f.mu.Unlock()
	code, body := f.code, f.body
	if f.do != nil {
		var err error
		if code, body, err = f.do(ctx, request); err != nil {
			return kubequery.Response{}, err
		}
	}
	return kubequery.Response{
		StatusCode: code, Status: fmt.Sprintf("%d %s", code, http.StatusText(code)),
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)),
	}, nil
}

// asked is how many requests there were.
func (f *fake) asked() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.requests)
}

// twoPods is a list.
func twoPods() *fake {
	return &fake{code: 200, body: `{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[
		{"metadata":{"name":"a","managedFields":[{"manager":"x"}]}},{"metadata":{"name":"b"}}]}`}
}

// said collects what a server tells of.
type said struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *said) add(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text.WriteString(text + "\n")
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// options are those of a server with the given policies; what it tells comes to
// the returned text.
func options(policies map[string]string) (Options, *said) {
	heard := &said{}
	files := fstest.MapFS{}
	o := Options{Limits: DefaultLimits, Warn: heard.add, Draining: func(int) {}}
	for name, text := range policies {
		files[name] = &fstest.MapFile{Data: []byte(text)}
		o.Paths = append(o.Paths, name)
	}
	o.FS = files
	o.Notify = func(event kubequery.Event) { heard.add(event.String()) }
	return o, heard
}

// serve is a server of the options; it ends with the test.
func serve(t testing.TB, cluster kubequery.Cluster, o Options) *Server {
	t.Helper()
	s, err := New(t.Context(), cluster, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.close(context.Background()) })
	return s
}

// ask sends one request to a handler.
func ask(handler http.Handler, method, target, body string) (int, string) {
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, httptest.NewRequest(method, target, strings.NewReader(body)))
	return recorder.Code, recorder.Body.String()
}

// query posts a query to /v1/query.
func query(t testing.TB, handler http.Handler, text string, input any) (int, string) {
	t.Helper()
	request := map[string]any{"query": text}
	if input != nil {
		request["input"] = input
	}
	body, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	return ask(handler, http.MethodPost, "/v1/query", string(body))
}

// compact is JSON without white space, with sorted keys.
func compact(t testing.TB, text string) string {
	t.Helper()
	var value any
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(out.String())
}

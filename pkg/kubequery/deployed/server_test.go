package deployed

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-opa/kubectl-opa/pkg/resources"
)

// sent is what a server sees of a request.
type sent struct {
	Method, Authorization string
	// Segments are the parts of the path, each unescaped.
	Segments   []string
	Parameters url.Values
}

// recorder is a server that remembers what it was asked.
type recorder struct {
	URL string
	// status, header and body are its answer.
	status int
	header http.Header
	body   string

	mu   sync.Mutex
	sent []sent
}

func newRecorder(t testing.TB, status int, body string) *recorder {
	t.Helper()
	r := &recorder{status: status, header: http.Header{"Content-Type": {"application/json"}}, body: body}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	r.URL = server.URL
	return r
}

// ServeHTTP implements http.Handler.
func (r *recorder) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	path, _, _ := strings.Cut(request.RequestURI, "?")
	seen := sent{Method: request.Method, Authorization: request.Header.Get("Authorization"), Parameters: request.URL.Query()}
	for _, segment := range strings.Split(path, "/") {
		plain, err := url.PathUnescape(segment)
		if err != nil {
			plain = err.Error()
		}
		seen.Segments = append(seen.Segments, plain)
	}
	// The API server splits the path after it has unescaped it.
	if !slices.Equal(seen.Segments, strings.Split(request.URL.Path, "/")) {
		seen.Segments = []string{"split otherwise", request.URL.Path}
	}
	if "http://"+request.Host != r.URL {
		seen.Method = "to another host: " + request.Host
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent = append(r.sent, seen)
	for name, values := range r.header {
		w.Header()[name] = values
	}
	w.WriteHeader(r.status)
	_, _ = io.WriteString(w, r.body)
}

func (r *recorder) take() []sent {
	r.mu.Lock()
	defer r.mu.Unlock()
	taken := r.sent
	r.sent = nil
	return taken
}

// env is the environment that leads to the server.
func (r *recorder) env() map[string]string {
	return map[string]string{"KUBERNETES_API_SERVER": r.URL, "KUBERNETES_API_TOKEN": "the-token"}
}

// few is an index with a resource of each sort.
func few() *resources.Index {
	return index(func(string) bool { return true }, []*metav1.APIResourceList{
		{GroupVersion: "v1", APIResources: []metav1.APIResource{
			{Name: "pods", SingularName: "pod", Kind: "Pod", Namespaced: true},
			{Name: "nodes", SingularName: "node", Kind: "Node"},
		}},
		{GroupVersion: "apps/v1", APIResources: []metav1.APIResource{
			{Name: "deployments", SingularName: "deployment", Kind: "Deployment", Namespaced: true},
		}},
	})
}

package cassette

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
	"github.com/kubectl-opa/kubectl-opa/pkg/resources"
)

var (
	configMaps  = resources.Resource{Version: "v1", Name: "configmaps", Kind: "ConfigMap", Namespaced: true}
	secrets     = resources.Resource{Version: "v1", Name: "secrets", Kind: "Secret", Namespaced: true}
	nodes       = resources.Resource{Version: "v1", Name: "nodes", Kind: "Node"}
	deployments = resources.Resource{Group: "apps", Version: "v1", Name: "deployments", Kind: "Deployment", Namespaced: true}
)

// fake is a cluster made of answers.
type fake struct {
	// answer gives a status code and a body; code 0 is no answer at all.
	answer func(kubequery.Request) (int, string)
	// wrap changes bodies; nil leaves them.
	wrap func(io.ReadCloser) io.ReadCloser
}

func (fake) Resolve(_ context.Context, word string) (resources.Resource, error) {
	switch word {
	case "deploy", "deployments":
		return deployments, nil
	case "cm":
		return configMaps, nil
	case "secrets":
		return secrets, nil
	case "nodes":
		return nodes, nil
	case "down":
		return resources.Resource{}, errors.New("asking which resources are served: refused")
	case "clusters":
		return resources.Resource{}, &resources.AmbiguousError{Word: word, Candidates: []string{"clusters.a", "clusters.b"}}
	}
	return resources.Resource{}, &resources.UnknownError{Word: word, Nearest: []string{"nodes"}, Unasked: []string{"x/v1"}}
}

func (f fake) Do(_ context.Context, request kubequery.Request) (kubequery.Response, error) {
	code, body := f.answer(request)
	if code == 0 {
		return kubequery.Response{}, errors.New(body)
	}
	response := kubequery.Response{
		StatusCode: code, Status: fmt.Sprintf("%d %s", code, http.StatusText(code)),
		Header: http.Header{"Content-Type": {"application/json"}, "Date": {"now"}, "Audit-Id": {"1"}},
		Body:   io.NopCloser(strings.NewReader(body)),
	}
	if f.wrap != nil {
		response.Body = f.wrap(response.Body)
	}
	return response, nil
}

func always(code int, body string) fake {
	return fake{answer: func(kubequery.Request) (int, string) { return code, body }}
}

// ask sends a request and reads all of the answer.
func ask(t testing.TB, cluster kubequery.Cluster, request kubequery.Request) string {
	t.Helper()
	response, err := cluster.Do(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil || response.Body.Close() != nil {
		t.Fatal(err)
	}
	return string(body)
}

// written is the file of what was recorded.
func written(t testing.TB, r *Recorder) string {
	t.Helper()
	c, err := r.Cassette()
	if err != nil {
		t.Fatal(err)
	}
	return text(t, c)
}

func text(t testing.TB, c *Cassette) string {
	t.Helper()
	var out strings.Builder
	if err := c.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// evaluate evaluates an expression and returns its value and what happened, or
// the error, as text.
func evaluate(t testing.TB, cluster kubequery.Cluster, expr string) string {
	t.Helper()
	said := ""
	result, err := kubequery.Evaluate(t.Context(), cluster, kubequery.Options{
		Expr:   strings.ReplaceAll(expr, "client.", "data.kubernetes.api.client."),
		Notify: func(event kubequery.Event) { said += event.String() + "\n" },
	})
	if err != nil {
		return said + err.Error()
	}
	return said + fmt.Sprint(result)
}

// oddities is a cluster whose resources are called like values of Secrets.
type oddities struct{ fake }

func (oddities) Resolve(_ context.Context, word string) (resources.Resource, error) {
	return resources.Resource{Version: "v1", Name: word + "s"}, nil
}

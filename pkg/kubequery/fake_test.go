package kubequery

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/kubectl-opa/kubectl-opa/pkg/resources"
)

// fake is a cluster made of answers.
type fake struct {
	resources map[string]resources.Resource
	// answer gives a status code and a body; Do makes a response of them.
	answer   func(number int, request Request) (int, string)
	requests []Request
	resolved []string
}

var (
	pods        = resources.Resource{Version: "v1", Name: "pods", Kind: "Pod", Namespaced: true}
	nodes       = resources.Resource{Version: "v1", Name: "nodes", Kind: "Node"}
	deployments = resources.Resource{Group: "apps", Version: "v1", Name: "deployments", Kind: "Deployment", Namespaced: true}
)

func newFake(answer func(number int, request Request) (int, string)) *fake {
	return &fake{answer: answer, resources: map[string]resources.Resource{
		"pods": pods, "po": pods, "nodes": nodes, "deployments": deployments, "deployments.apps": deployments,
	}}
}

func (f *fake) Resolve(_ context.Context, word string) (resources.Resource, error) {
	f.resolved = append(f.resolved, word)
	if resource, ok := f.resources[word]; ok {
		return resource, nil
	}
	return resources.Resource{}, &resources.UnknownError{Word: word, Nearest: resources.Nearest(word, slices.Collect(maps.Keys(f.resources)))}
}

func (f *fake) Do(ctx context.Context, request Request) (Response, error) {
	if err := ctx.Err(); err != nil {
		return Response{}, err
	}
	f.requests = append(f.requests, request)
	code, body := f.answer(len(f.requests)-1, request)
	if code == 0 {
		return Response{}, fmt.Errorf("connecting: %s", body)
	}
	return Response{
		StatusCode: code,
		Status:     fmt.Sprintf("%d %s", code, http.StatusText(code)),
		Header:     http.Header{"Content-Type": {"application/json"}, "X-Twice": {"a", "b"}},
		Body:       io.NopCloser(strings.NewReader(body)),
	}, nil
}

// always answers each request alike.
func always(code int, body string) func(int, Request) (int, string) {
	return func(int, Request) (int, string) { return code, body }
}

// status is the body of a refusal.
func status(code int, reason, message string) string {
	return fmt.Sprintf(`{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":%q,"reason":%q,"code":%d}`,
		message, reason, code)
}

// terms are values as a builtin gets them.
func terms(t testing.TB, values []any) []*ast.Term {
	t.Helper()
	all := []*ast.Term{}
	for _, value := range values {
		converted, err := ast.InterfaceToValue(value)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, ast.NewTerm(converted))
	}
	return all
}

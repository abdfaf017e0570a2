package cassette

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
	"github.com/kubectl-opa/kubectl-opa/pkg/resources"
)

// TestRequests wants what was asked back from the file that was written, and not
// what it was answered.
func TestRequests(t *testing.T) {
	r := NewRecorder(fake{answer: func(request kubequery.Request) (int, string) {
		if request.Name != "" {
			return 403, `{"kind":"Status"}`
		}
		return 200, `{"kind":"List","items":[]}`
	}}, Options{})
	asked := []kubequery.Request{
		{Resource: nodes, Name: "a"},
		{Resource: deployments},
		{Resource: deployments, Namespace: "x", LabelSelector: "a=b", FieldSelector: "c=d"},
		{Resource: deployments, Namespace: "x", Name: "b"},
	}
	for _, word := range []string{"nodes", "deploy", "podz"} {
		_, _ = r.Resolve(t.Context(), word)
	}
	for _, request := range asked {
		page := request
		page.Limit = 500
		ask(t, r, page)
		ask(t, r, request)
	}
	recording, err := r.Cassette()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]kubequery.Request{asked[0], asked[1], asked[2], asked[3]}, recording.Requests()); diff != "" {
		t.Error(diff)
	}
}

// TestRequestsWithoutWords shows what is made of a file that lost its words.
func TestRequestsWithoutWords(t *testing.T) {
	c := &Cassette{answers: []answer{{Question: question{Version: "v1", Resource: "pods", Namespace: "a"}}, {Question: question{Version: "v1", Resource: "nodes"}}}}
	want := []kubequery.Request{
		{Resource: resources.Resource{Version: "v1", Name: "pods", Namespaced: true}, Namespace: "a"},
		{Resource: resources.Resource{Version: "v1", Name: "nodes"}},
	}
	if diff := cmp.Diff(want, c.Requests()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]kubequery.Request{}, (&Cassette{}).Requests()); diff != "" {
		t.Error(diff)
	}
}

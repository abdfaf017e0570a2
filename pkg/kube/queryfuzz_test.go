package kube

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
)

// fuzzCall is one call of the fuzz test, of the arguments resource, name,
// namespace and selector, and what may reach the server if it is made.
type fuzzCall struct {
	expr string
	// named, inNamespace, labels and fields tell which arguments it has.
	named, inNamespace bool
	labels, fields     func(a arguments) (selector string, ok bool)
}

type arguments struct{ Resource, Name, Namespace, Selector string }

var fuzzCalls = []fuzzCall{
	{expr: "query_name_ns(resource, name, namespace)", named: true, inNamespace: true},
	{expr: "query_name(resource, name)", named: true},
	{expr: "query_all(resource)"},
	{expr: "query_ns(resource, namespace)", inNamespace: true},
	{expr: "query_label_selector(resource, selector)", labels: labelSyntax},
	{expr: "query_label_selector_ns(resource, selector, namespace)", inNamespace: true, labels: labelSyntax},
	{expr: "query_label_selector_ns(resource, {name: selector}, namespace)", inNamespace: true, labels: labelMap},
	{expr: "query_field_selector_ns(resource, selector, namespace)", inNamespace: true, fields: fieldSyntax},
	{expr: "query_field_selector_ns(resource, {name: selector}, namespace)", inNamespace: true, fields: fieldMap},
}

// labelSyntax is a selector as the parser reads it, which would take a NUL for
// its end.
func labelSyntax(a arguments) (string, bool) {
	selector, err := labels.Parse(a.Selector)
	if err != nil || strings.Contains(a.Selector, "\x00") {
		return "", false
	}
	return selector.String(), true
}

func labelMap(a arguments) (string, bool) {
	selector, err := labels.ValidatedSelectorFromSet(labels.Set{a.Name: a.Selector})
	if err != nil {
		return "", false
	}
	return selector.String(), true
}

func fieldSyntax(a arguments) (string, bool) {
	selector, err := fields.ParseSelector(a.Selector)
	if err != nil {
		return "", false
	}
	return selector.String(), true
}

func fieldMap(a arguments) (string, bool) {
	return fields.SelectorFromSet(fields.Set{a.Name: a.Selector}).String(), true
}

// served are the words that mean something in the fuzz test, and the paths that
// they stand for.
var served = map[string]struct {
	prefix     []string
	plural     string
	namespaced bool
}{
	"pods":             {[]string{"api", "v1"}, "pods", true},
	"deployments.apps": {[]string{"apis", "apps", "v1"}, "deployments", true},
	"nodes":            {[]string{"api", "v1"}, "nodes", false},
}

// FuzzQueries shows that nothing which a policy gives reaches a URL but in its
// own place, as the server sees it: each argument of each function.
func FuzzQueries(f *testing.F) {
	for _, value := range []string{
		"a", "", "..", "../../secrets", "x?watch=true", "a%2fb", "a\nb", "a\r\nHost: b\r\n\r\nGET /", "a=b\x00,c=d",
		"a#b;c\\d", "//host/a", "\xff", "a=b&watch=true", "a in (b)", "a,b!=c",
	} {
		f.Add(value, "name", "ns", "a=b")
		f.Add("pods", value, value, value)
		f.Add("nodes", value, value, value)
	}
	f.Add("deployments.apps", "name", "", "")
	s := newFuzzServer(f)
	f.Fuzz(func(t *testing.T, resource, name, namespace, selector string) {
		s.check(t, arguments{resource, name, namespace, selector})
	})
}

// TestQueriesOfMegabytes is the same for arguments that are too long for the
// fuzzer to be quick.
func TestQueriesOfMegabytes(t *testing.T) {
	s := newFuzzServer(t)
	for _, value := range []string{strings.Repeat("a", 1<<20), strings.Repeat("../", 1<<20/3)} {
		s.check(t, arguments{value, "name", "ns", "a=b"})
		s.check(t, arguments{"pods", value, value, value})
	}
}

// check makes all calls with the same arguments.
func (s *fuzzServer) check(t *testing.T, given arguments) {
	t.Helper()
	input := s.input(t, given)
	for _, call := range fuzzCalls {
		_, err := kubequery.Evaluate(t.Context(), s.queries, kubequery.Options{Expr: s.expr(call), Input: input})
		if err != nil && len(err.Error()) > 2000 {
			t.Errorf("%s: an error of %d bytes", call.expr, len(err.Error()))
		}
		sent := s.take()
		if len(sent) == 0 && err == nil {
			t.Errorf("%s: neither a request nor an error", call.expr)
		}
		for _, request := range sent {
			if diff := cmp.Diff(call.expected(given), request); diff != "" {
				t.Errorf("%s: want(-) sent(+):\n%s", call.expr, diff)
			}
		}
	}
}

// fuzzRequest is what a server sees of a request.
type fuzzRequest struct {
	Method, Host string
	// Segments are the parts of the path, each unescaped.
	Segments   []string
	Parameters url.Values
}

// expected is the only request that a call may send.
func (c fuzzCall) expected(a arguments) fuzzRequest {
	resource, known := served[a.Resource]
	if !known {
		return fuzzRequest{}
	}
	r := fuzzRequest{Method: http.MethodGet, Segments: append([]string{""}, resource.prefix...), Parameters: url.Values{}}
	if c.inNamespace && resource.namespaced && a.Namespace != "" {
		r.Segments = append(r.Segments, "namespaces", a.Namespace)
	}
	r.Segments = append(r.Segments, resource.plural)
	if c.named {
		r.Segments = append(r.Segments, a.Name)
	} else {
		r.Parameters.Set("limit", "500")
	}
	for parameter, selector := range map[string]func(arguments) (string, bool){"labelSelector": c.labels, "fieldSelector": c.fields} {
		if selector == nil {
			continue
		}
		text, ok := selector(a)
		if !ok {
			return fuzzRequest{}
		}
		if text != "" {
			r.Parameters.Set(parameter, text)
		}
	}
	return r
}

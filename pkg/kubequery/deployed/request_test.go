package deployed

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/rego"
	"k8s.io/apimachinery/pkg/api/validate/content"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
)

// attempt is one call, of the arguments resource, name, namespace and selector,
// and what may reach the server if it is made.
type attempt struct {
	expr               string
	named, inNamespace bool
	labels, fields     func(given) (selector string, ok bool)
}

type given struct{ Resource, Name, Namespace, Selector string }

var attempts = []attempt{
	{expr: "query_name_ns(resource, name, namespace)", named: true, inNamespace: true},
	{expr: "query_name(resource, name)", named: true},
	{expr: "query_all(resource)"},
	{expr: "query_ns(resource, namespace)", inNamespace: true},
	{expr: "query_label_selector(resource, selector)", labels: syntax},
	{expr: "query_label_selector_ns(resource, selector, namespace)", inNamespace: true, labels: syntax},
	{expr: "query_label_selector_ns(resource, {name: selector}, namespace)", inNamespace: true, labels: labelMap},
	{expr: "query_field_selector_ns(resource, selector, namespace)", inNamespace: true, fields: syntax},
	{expr: "query_field_selector_ns(resource, {name: selector}, namespace)", inNamespace: true, fields: fieldMap},
}

const longest = 256 << 10

// syntax is a selector that the server is to parse.
func syntax(g given) (string, bool) {
	return g.Selector, len(g.Selector) <= longest && !strings.Contains(g.Selector, "\x00")
}

func labelMap(g given) (string, bool) {
	selector, err := labels.ValidatedSelectorFromSet(labels.Set{g.Name: g.Selector})
	if err != nil {
		return "", false
	}
	return selector.String(), true
}

func fieldMap(g given) (string, bool) {
	selector := fields.OneTermEqualSelector(g.Name, g.Selector).String()
	return selector, g.Name != "" && !strings.ContainsAny(g.Name, `=!,\`) && len(selector) <= longest
}

// expected is the request that a call has to send, or the status of a call that
// may send none.
func (a attempt) expected(g given) ([]sent, string) {
	place, err := few().Resolve(g.Resource)
	switch {
	case g.Resource == "":
		return nil, "400"
	case err != nil:
		return nil, "404"
	case a.named && !isName(g.Name),
		a.inNamespace && place.Namespaced && g.Namespace != "" && !isName(g.Namespace),
		a.named && place.Namespaced && (g.Namespace == "" || !a.inNamespace):
		return nil, "400"
	}
	want := sent{
		Method: http.MethodGet, Authorization: "Bearer the-token",
		Segments: []string{"", "api", place.Version}, Parameters: url.Values{},
	}
	if place.Group != "" {
		want.Segments = []string{"", "apis", place.Group, place.Version}
	}
	if a.inNamespace && place.Namespaced && g.Namespace != "" {
		want.Segments = append(want.Segments, "namespaces", g.Namespace)
	}
	want.Segments = append(want.Segments, place.Name)
	if a.named {
		want.Segments = append(want.Segments, g.Name)
	}
	for parameter, selector := range map[string]func(given) (string, bool){"labelSelector": a.labels, "fieldSelector": a.fields} {
		if selector == nil {
			continue
		}
		text, ok := selector(g)
		if !ok {
			return nil, "400"
		}
		if text != "" {
			want.Parameters.Set(parameter, text)
		}
	}
	return []sent{want}, "200"
}

func isName(name string) bool {
	return name != "" && len(name) <= 4096 && len(content.IsPathSegmentName(name)) == 0
}

// attempting are all calls, ready to be made with any arguments.
type attempting struct {
	server  *recorder
	queries []rego.PreparedEvalQuery
}

func newAttempting(t testing.TB) attempting {
	t.Helper()
	a := attempting{server: newRecorder(t, http.StatusOK, `{"items":[]}`)}
	l := newLibrary(t, few(), a.server.env())
	for _, each := range attempts {
		expr := ""
		for _, name := range []string{"resource", "name", "namespace", "selector"} {
			if strings.Contains(each.expr, name) {
				expr += name + " := base64.decode(input." + name + "); "
			}
		}
		a.queries = append(a.queries, l.prepare(t, expr+"data.kubernetes.api.client."+each.expr))
	}
	return a
}

// check makes all calls with the same arguments.
func (a attempting) check(t *testing.T, g given) {
	t.Helper()
	input := map[string]any{}
	for name, value := range map[string]string{"resource": g.Resource, "name": g.Name, "namespace": g.Namespace, "selector": g.Selector} {
		// A Rego string can be no text at all.
		input[name] = base64.StdEncoding.EncodeToString([]byte(value))
	}
	for i, each := range attempts {
		result, ok := evaluate(t, a.queries[i], input).(map[string]any)
		if !ok {
			t.Fatalf("%s has no result", each.expr)
		}
		want, status := each.expected(g)
		if diff := cmp.Diff(want, a.server.take()); diff != "" {
			t.Errorf("%s: want(-) sent(+):\n%s", each.expr, diff)
		}
		if found := fmt.Sprint(result["status_code"]); found != status {
			t.Errorf("%s: want status %s, found %s %v", each.expr, status, found, result["error"])
		}
		text, refused := result["error"].(string)
		if refused != (status != "200") || len(text) > 1000 || refused && len(result) != 2 {
			t.Errorf("%s: with status %s the error is %q", each.expr, status, text)
		}
	}
}

// FuzzRequests shows that nothing which a policy gives reaches a URL but in its
// own place, as the server sees it: each argument of each function.
func FuzzRequests(f *testing.F) {
	for _, value := range []string{
		"a", "", ".", "..", "../../secrets", "a/../b", "x?watch=true", "a%2fb", "a%2Fb", "%2e%2e", "a\nb", "a\r\nHost: b\r\n\r\nGET /",
		"a=b\x00,c=d", "a#b;c\\d", "//host/a", "a//b", "a:b@c", " ", "\x00", "é", "\xff", "system:node", "a=b&watch=true", "a in (b)",
		"a,b!=c", "a=b,!c", "\"a\"", "a+b", "example.com/a.b_c-d", "example.com/", "/a", "a-", strings.Repeat("a", 64),
	} {
		f.Add(value, "name", "ns", "a=b")
		f.Add("pods", value, value, value)
		f.Add("nodes", value, value, value)
	}
	f.Add("deployments.apps", "name", "", "")
	a := newAttempting(f)
	f.Fuzz(func(t *testing.T, resource, name, namespace, selector string) {
		a.check(t, given{resource, name, namespace, selector})
	})
}

// TestRequestsOfMegabytes is the same for arguments that are too long for the
// fuzzer to be quick.
func TestRequestsOfMegabytes(t *testing.T) {
	a := newAttempting(t)
	for _, value := range []string{
		strings.Repeat("a", 1<<20), strings.Repeat("../", 1<<20/3),
		strings.Repeat("é", 2048), strings.Repeat("é", 2048) + "a", strings.Repeat("a", longest-4), strings.Repeat("é", longest/2),
	} {
		a.check(t, given{value, "name", "ns", "a=b"})
		a.check(t, given{"pods", value, value, value})
		a.check(t, given{"nodes", "name", "", value})
	}
}

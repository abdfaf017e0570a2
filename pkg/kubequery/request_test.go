package kubequery

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/resources"
)

func mustParse(t testing.TB, text string) *url.URL {
	t.Helper()
	parsed, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func TestURL(t *testing.T) {
	for name, tc := range map[string]struct {
		base    string
		request Request
		want    string
		err     string
	}{
		"core list":       {request: Request{Resource: pods, Limit: 500}, want: "https://h/api/v1/pods?limit=500"},
		"group":           {request: Request{Resource: deployments, Namespace: "a", Name: "b"}, want: "https://h/apis/apps/v1/namespaces/a/deployments/b"},
		"cluster-scoped":  {request: Request{Resource: nodes, Namespace: "a", Name: "b"}, want: "https://h/api/v1/nodes/b"},
		"path of a proxy": {base: "https://h/k8s%20x/c-1/", request: Request{Resource: nodes}, want: "https://h/k8s%20x/c-1/api/v1/nodes"},
		"escaping": {
			request: Request{Resource: nodes, Name: "a?watch=true#b;c\n d:é"},
			want:    "https://h/api/v1/nodes/a%3Fwatch=true%23b%3Bc%0A%20d:%C3%A9",
		},
		"parameters": {
			request: Request{Resource: nodes, LabelSelector: "a=b&watch=true", FieldSelector: "c=d", Continue: "e+f/", Limit: 2},
			want:    "https://h/api/v1/nodes?continue=e%2Bf%2F&fieldSelector=c%3Dd&labelSelector=a%3Db%26watch%3Dtrue&limit=2",
		},
		"subresource":          {request: Request{Resource: nodes, Name: "a/log"}, err: `invalid argument: "a/log" in a path may not contain '/'`},
		"escaped twice":        {request: Request{Resource: nodes, Name: "a%2flog"}, err: `may not contain '%'`},
		"parent":               {request: Request{Resource: pods, Namespace: "..", Name: "a"}, err: `may not be '..'`},
		"get in no namespace":  {request: Request{Resource: pods, Name: "a"}, err: "pods are namespaced, and no namespace is given"},
		"resource of a server": {request: Request{Resource: resources.Resource{Version: "v1", Name: "pods/../secrets"}}, err: `may not contain '/'`},
		"no version":           {request: Request{Resource: resources.Resource{Name: "pods"}}, err: `may not be empty`},
	} {
		t.Run(name, func(t *testing.T) {
			base := tc.base
			if base == "" {
				base = "https://h"
			}
			got, err := tc.request.URL(mustParse(t, base))
			if tc.err != "" {
				if !errors.Is(err, ErrArgument) || !strings.Contains(err.Error(), tc.err) {
					t.Errorf("want an error with %s\nfound %v", tc.err, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// FuzzURL shows that no value leaves its place: the server, which splits the
// path after it has unescaped it, finds each value as one whole segment.
func FuzzURL(f *testing.F) {
	for _, value := range []string{
		"a", "", ".", "..", "../../secrets", "a/../b", "x?watch=true", "a%2fb", "a%2Fb", "%2e%2e", "a\nb", "a\r\nHost: b", "a#b",
		"a;b", "a\\b", "a//b", "a:b@c", " ", "\x00", "é", "\xff", "system:node", "a&b=c", strings.Repeat("a", 1<<20),
	} {
		f.Add(value, value, value, true)
		f.Add("a", value, "", false)
		f.Add(value, "a", "a=b", true)
	}
	f.Fuzz(func(t *testing.T, namespace, name, selector string, namespaced bool) {
		request := Request{
			Resource:  resources.Resource{Group: "g.example.com", Version: "v1", Name: "things", Namespaced: namespaced},
			Namespace: namespace, Name: name, LabelSelector: selector, FieldSelector: selector, Continue: selector, Limit: 500,
		}
		target, err := request.URL(mustParse(t, "https://host:6443/base"))
		if err != nil {
			return
		}
		sent, err := url.Parse(target.String())
		if err != nil {
			t.Fatalf("%q cannot be read back: %v", target, err)
		}
		want := []string{"", "base", "apis", "g.example.com", "v1"}
		if namespaced && namespace != "" {
			want = append(want, "namespaces", namespace)
		}
		want = append(want, "things")
		if name != "" {
			want = append(want, name)
		}
		if segments := strings.Split(sent.Path, "/"); !slices.Equal(want, segments) {
			t.Errorf("want the path %q, found %q", want, segments)
		}
		if slices.Contains(want, ".") || slices.Contains(want, "..") {
			t.Errorf("a segment of %q leaves its place", want)
		}
		if sent.Host != "host:6443" || sent.User != nil || sent.Fragment != "" {
			t.Errorf("%q is another place", sent)
		}
		query := sent.Query()
		if len(query) > 4 || query.Get("watch") != "" || query.Get("labelSelector") != selector || query.Get("limit") != "500" {
			t.Errorf("want only what was given, found %q", query)
		}
	})
}

// FuzzArguments shows that whatever a policy gives, a request has it where it
// belongs, or is not sent.
func FuzzArguments(f *testing.F) {
	for _, value := range []string{"pods", "../../secrets", "x?watch=true", "a%2fb", "a\nb", "a=b,!c", "a in (b)", "\x00", strings.Repeat("a", 1<<20)} {
		f.Add(value, "a", "b")
		f.Add("pods", value, value)
		f.Add("nodes", value, value)
	}
	f.Fuzz(func(t *testing.T, resource, name, other string) {
		cluster := newFake(always(200, `{"items":[]}`))
		asking := newAsking(cluster, Options{Notify: func(Event) {}})
		for _, c := range []struct {
			ask      func(call) (question, error)
			operands []any
		}{
			{func(c call) (question, error) { return asking.byName(t.Context(), c) }, []any{resource, name, other}},
			{func(c call) (question, error) { return asking.byLabels(t.Context(), c) }, []any{resource, other, name}},
			{func(c call) (question, error) { return asking.byLabels(t.Context(), c) }, []any{resource, map[string]any{name: other}, name}},
			{func(c call) (question, error) { return asking.byFields(t.Context(), c) }, []any{resource, other, name}},
			{func(c call) (question, error) { return asking.byFields(t.Context(), c) }, []any{resource, map[string]any{name: other}, name}},
			{func(c call) (question, error) { return asking.byNameAlone(t.Context(), c) }, []any{resource, name}},
			{func(c call) (question, error) { return asking.inNamespace(t.Context(), c) }, []any{resource, other}},
			{func(c call) (question, error) { return asking.all(t.Context(), c) }, []any{resource}},
		} {
			q, err := c.ask(call{"f", terms(t, c.operands)})
			if err != nil {
				if len(err.Error()) > 1000 {
					t.Errorf("an error of %d bytes", len(err.Error()))
				}
				continue
			}
			if _, known := cluster.resources[resource]; !known {
				t.Errorf("%q is no resource, and is asked for", resource)
			}
			if _, err := q.request().URL(mustParse(t, "https://host")); err != nil {
				t.Errorf("%+v cannot be sent: %v", q, err)
			}
		}
	})
}

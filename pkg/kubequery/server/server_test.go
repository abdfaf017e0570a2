package server

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/version"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
	"github.com/kubectl-opa/kubectl-opa/pkg/redact"
)

const podsPolicy = `package p

import data.kubernetes.api.client

names := [pod.metadata.name | some pod in client.query_all("pods").items]

twice := [count(client.query_all("pods").items), count(client.query_ns("pods", "").items)]

unknown if client.query_all("pds")

chosen := client.query_name_ns("pods", input.name, "default").status_code

says := 1 if print("hello")
`

// errorOf is an evaluation error as OPA has it, but for where it was.
func errorOf(message string) string {
	return `{"code":"internal_error","errors":[{"code":"eval_builtin_error","message":"` + message +
		`"}],"message":"error(s) occurred while evaluating query"}`
}

// withoutTrace drops where an error of an evaluation was.
func withoutTrace(t *testing.T, body string) string {
	t.Helper()
	var lines []string
	depth := 0
	for line := range strings.Lines(body) {
		trimmed := strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(trimmed, `"stack_trace": [`):
			depth = len(line) - len(strings.TrimLeft(line, " "))
			lines[len(lines)-1] = strings.TrimSuffix(strings.TrimSpace(lines[len(lines)-1]), ",")
			continue
		case depth > 0:
			if trimmed == "]" && len(line)-len(strings.TrimLeft(line, " ")) == depth {
				depth = 0
			}
			continue
		}
		lines = append(lines, line)
	}
	return compact(t, strings.Join(lines, "\n"))
}

// TestEndpoints asks each endpoint, and counts what the cluster was asked.
func TestEndpoints(t *testing.T) {
	for name, tc := range map[string]struct {
		method, target, body string
		code                 int
		want                 string
		asked                int
	}{
		"a query": {
			"POST", "/v1/query", `{"query": "x := data.kubernetes.api.client.query_all(\"pods\").body"}`, 200,
			`{"result":[{"x":{"apiVersion":"v1","items":[{"metadata":{"name":"a"}},{"metadata":{"name":"b"}}],"kind":"PodList","metadata":{"resourceVersion":"1"}}}]}`, 1,
		},
		"a query in the URL":         {"GET", "/v1/query?q=data.p.names%3Dx", "", 200, `{"result":[{"x":["a","b"]}]}`, 1},
		"the same question twice":    {"POST", "/v1/query", `{"query": "data.p.twice = x; data.p.names = y"}`, 200, `{"result":[{"x":[2,2],"y":["a","b"]}]}`, 1},
		"what asks nothing":          {"POST", "/v1/query", `{"query": "x := 1"}`, 200, `{"result":[{"x":1}]}`, 0},
		"a replaced function":        {"POST", "/v1/query", `{"query": "data.p.names = x with data.kubernetes.api.client.query_all as {\"items\": []}"}`, 200, `{"result":[{"x":[]}]}`, 0},
		"a document":                 {"GET", "/v1/data/p/names", "", 200, `{"result":["a","b"]}`, 1},
		"a document with an input":   {"POST", "/v1/data/p/chosen", `{"input": {"name": "a"}}`, 200, `{"result":200}`, 1},
		"an undefined document":      {"POST", "/v1/data/p/chosen", `{"input": {}}`, 200, `{}`, 0},
		"a document of version 0":    {"POST", "/v0/data/p/names", "", 200, `["a","b"]`, 1},
		"one of version 0, unknown":  {"POST", "/v0/data/p/nothing", "", 404, `{"code":"undefined_document","message":"document missing: data.p.nothing"}`, 0},
		"no such policy":             {"GET", "/v1/policies/nothing", "", 404, `{"code":"resource_not_found","message":"storage_not_found_error: policy id \"nothing\""}`, 0},
		"health":                     {"GET", "/health", "", 200, `{}`, 0},
		"an error":                   {"POST", "/v1/query", `{"query": "data.p.unknown"}`, 500, errorOf(`calling query_all: the server has no resource \"pds\"; nearest: pods`), 0},
		"an error, of a document":    {"GET", "/v1/data/p/unknown", "", 500, errorOf(`calling query_all: the server has no resource \"pds\"; nearest: pods`), 0},
		"an error in a negation":     {"POST", "/v1/query", `{"query": "not data.p.unknown"}`, 500, errorOf(`calling query_all: the server has no resource \"pds\"; nearest: pods`), 0},
		"a key that is no string":    {"POST", "/v1/query", `{"query": "data.kubernetes.api.client.query_label_selector(\"pods\", {1: \"a\"})"}`, 500, errorOf(`calling query_label_selector: invalid argument \"selector\": want strings as keys, found a number`), 0},
		"a set":                      {"POST", "/v1/query", `{"query": "data.kubernetes.api.client.query_label_selector(\"pods\", {\"a\"})"}`, 500, errorOf(`calling query_label_selector: invalid argument \"selector\": want a map of labels or a string, found a set`), 0},
		"an object that says more":   {"POST", "/v1/query", `{"query": "data.kubernetes.api.client.query_all({\"a\": 1})"}`, 500, errorOf(`calling query_all: invalid argument \"resource\": want a string, found an object`), 0},
		"compilation":                {"POST", "/v1/compile", `{"query": "data.p.names[0] = input.name", "unknowns": ["input"]}`, 200, `{"result":{"queries":[[{"index":0,"terms":[{"type":"ref","value":[{"type":"var","value":"eq"}]},{"type":"string","value":"a"},{"type":"ref","value":[{"type":"var","value":"input"},{"type":"string","value":"name"}]}]}]]}}`, 1},
		"compilation, what to ask":   {"POST", "/v1/compile", `{"query": "data.kubectl_opa.ask[input.key]", "unknowns": ["input"]}`, 200, `{"result":{"queries":[[{"index":0,"terms":{"type":"ref","value":[{"type":"var","value":"data"},{"type":"string","value":"kubectl_opa"},{"type":"string","value":"ask"},{"type":"ref","value":[{"type":"var","value":"input"},{"type":"string","value":"key"}]}]}}]]}}`, 0},
		"the document that asks":     {"GET", "/v1/data/kubectl_opa", "", 500, errorOf("data.kubectl_opa has no list of what can be asked; call the functions of the package kubernetes.api.client"), 0},
		"what it could be asked":     {"POST", "/v1/query", `{"query": "data.kubectl_opa.ask[x]"}`, 500, errorOf("data.kubectl_opa has no list of what can be asked; call the functions of the package kubernetes.api.client"), 0},
		"nothing of the document":    {"GET", "/v1/data/kubectl_opa/other/pods", "", 200, `{}`, 0},
		"a key, made up":             {"POST", "/v1/query", `{"query": "data.kubectl_opa.ask.pods"}`, 500, errorOf(`\"pods\" is no question: want the name of a function and a list of arguments, as JSON`), 0},
		"a key, with other checks":   {"POST", "/v1/query", `{"query": "data.kubectl_opa.ask[\"[\\\"query_name_ns\\\",[\\\"pods\\\",\\\"../x\\\",\\\"default\\\"]]\"]"}`, 500, errorOf(`calling query_name_ns: invalid argument \"name\": \"../x\" is no name: it may not contain '/'`), 0},
		"a key, no function":         {"POST", "/v1/query", `{"query": "data.kubectl_opa.ask[\"[\\\"delete_all\\\",[\\\"pods\\\"]]\"]"}`, 500, errorOf(`invalid argument: the package kubernetes.api.client has no function of that name`), 0},
		"a key, too few arguments":   {"POST", "/v1/query", `{"query": "data.kubectl_opa.ask[\"[\\\"query_all\\\",[]]\"]"}`, 500, errorOf(`invalid argument: query_all takes 1, found 0`), 0},
		"a key, and a part":          {"POST", "/v1/query", `{"query": "x := data.kubectl_opa.ask[\"[\\\"query_all\\\",[\\\"pods\\\"]]\"].body.items[1].metadata.name"}`, 200, `{"result":[{"x":"b"}]}`, 1},
		"a key, and no such part":    {"POST", "/v1/query", `{"query": "x := data.kubectl_opa.ask[\"[\\\"query_all\\\",[\\\"pods\\\"]]\"].body.items[7].metadata.name"}`, 200, `{}`, 1},
		"the configuration":          {"GET", "/v1/config", "", 200, `{"result":{"default_authorization_decision":"/system/authz/allow","default_decision":"/system/main","labels":{"id":"kubectl-opa","version":"` + version.Version + `"},"server":{"decoding":{"gzip":{"max_length":1048576},"max_length":1048576}}}}`, 0},
		"the status":                 {"GET", "/v1/status", "", 500, `{"code":"internal_error","message":"status plugin not enabled"}`, 0},
		"a body that is no JSON":     {"POST", "/v1/query", `{`, 400, `{"code":"invalid_parameter","message":"error(s) occurred while decoding request: unexpected EOF"}`, 0},
		"the runtime, without a use": {"POST", "/v1/query", `{"query": "x := opa.runtime()"}`, 400, `{"code":"invalid_parameter","errors":[{"code":"rego_type_error","location":{"col":6,"file":"","row":1},"message":"undefined function opa.runtime"}],"message":"error(s) occurred while compiling query"}`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			o, heard := options(map[string]string{"p.rego": podsPolicy})
			cluster := twoPods()
			s := serve(t, cluster, o)
			code, body := ask(s.handler, tc.method, tc.target, tc.body)
			if code != tc.code {
				t.Errorf("status %d, want %d", code, tc.code)
			}
			if diff := cmp.Diff(tc.want, withoutTrace(t, body)); diff != "" {
				t.Error(diff)
			}
			if cluster.asked() != tc.asked || heard.String() != "" {
				t.Errorf("the cluster was asked %d times, want %d; heard %q", cluster.asked(), tc.asked, heard)
			}
		})
	}
}

// TestWhereAnErrorIs wants an error to lead to the user's own line.
func TestWhereAnErrorIs(t *testing.T) {
	o, _ := options(map[string]string{"p.rego": podsPolicy})
	_, body := query(t, serve(t, twoPods(), o).handler, "data.p.unknown", nil)
	if !strings.Contains(compact(t, body), `{"location":{"col":12,"file":"p.rego","row":9},"query_id":1}`) {
		t.Error(body)
	}
}

// TestPolicies lists the loaded policies and the library, and shows them.
func TestPolicies(t *testing.T) {
	o, heard := options(map[string]string{
		"p.rego": podsPolicy, "client.rego": "package kubernetes.api.client\n\nquery_all(_) := {}\n",
	})
	s := serve(t, twoPods(), o)
	if diff := cmp.Diff([]string{"p.rego"}, s.Policies()); diff != "" {
		t.Error(diff)
	}
	code, body := ask(s.handler, http.MethodGet, "/v1/policies/p.rego", "")
	if code != 200 || !strings.Contains(body, `"names := [pod.metadata.name`) && !strings.Contains(body, `names := [pod.metadata.name`) {
		t.Errorf("%d %s", code, body)
	}
	_, body = ask(s.handler, http.MethodGet, "/v1/policies", "")
	for _, id := range []string{`"id":"p.rego"`, `"id":"kubernetes.api.client.rego"`} {
		if !strings.Contains(body, id) {
			t.Errorf("no %s in %s", id, body)
		}
	}
	if diff := cmp.Diff("client.rego is left out: its package kubernetes.api.client is built in here\n", heard.String()); diff != "" {
		t.Error(diff)
	}
}

// TestHeard wants what policies print, and what is forbidden, to be told.
func TestHeard(t *testing.T) {
	o, heard := options(map[string]string{"p.rego": podsPolicy})
	cluster := &fake{code: 403, body: `{"kind":"Status","message":"no","code":403}`}
	s := serve(t, cluster, o)
	if code, body := query(t, s.handler, "x := data.p.says", nil); code != 200 {
		t.Error(body)
	}
	code, body := query(t, s.handler, `x := data.kubernetes.api.client.query_all("pods").status_code`, nil)
	if code != 200 || compact(t, body) != `{"result":[{"x":403}]}` {
		t.Error(body)
	}
	want := "p.rego:13:14: hello\nnot allowed to list pods in all namespaces; the missing rule, in a ClusterRole:\n" +
		"- apiGroups: [\"\"]\n  resources: [\"pods\"]\n  verbs: [\"list\"]\n"
	if diff := cmp.Diff(want, heard.String()); diff != "" {
		t.Error(diff)
	}
}

// TestOlderRego reads policies and queries as OPA did before version 1.0.
func TestOlderRego(t *testing.T) {
	o, heard := options(map[string]string{
		"p.rego": "package p\n\nimport data.kubernetes.api.client\n\nnames[name] { name := client.query_all(\"pods\").items[_].metadata.name }\n",
	})
	o.V0Compatible = true
	s := serve(t, twoPods(), o)
	if code, body := query(t, s.handler, `x := [n | data.p.names[n]]`, nil); code != 200 || compact(t, body) != `{"result":[{"x":["a","b"]}]}` {
		t.Errorf("%d %s", code, body)
	}
	if code, body := ask(s.handler, http.MethodPut, "/v1/policies/q", "package q\n\nx { true }\n"); code != 200 || heard.String() != "" {
		t.Errorf("%d %s %s", code, body, heard)
	}
}

// TestBundle serves what is in a bundle.
func TestBundle(t *testing.T) {
	o, _ := options(nil)
	o.FS = fstest.MapFS{
		"b/p/p.rego":    {Data: []byte("package p\n\nx := data.y.z\n")},
		"b/y/data.json": {Data: []byte(`{"z": 1}`)},
		"b/.manifest":   {Data: []byte(`{"roots": ["p", "y"]}`)},
	}
	o.Bundles = []string{"b"}
	s := serve(t, twoPods(), o)
	if code, body := ask(s.handler, http.MethodGet, "/v1/data/p/x", ""); code != 200 || compact(t, body) != `{"result":1}` {
		t.Errorf("%d %s", code, body)
	}
	if diff := cmp.Diff([]string{"b/p/p.rego"}, s.Policies()); diff != "" {
		t.Error(diff)
	}
}

// TestManyAtOnce asks by many callers at a time: each evaluation asks for itself,
// once, and what is told comes whole.
func TestManyAtOnce(t *testing.T) {
	redactor := redact.NewRedactor()
	o, heard := options(map[string]string{"p.rego": podsPolicy + "\nboth := [twice, client.query_all(\"secrets\").items[0].metadata.name, client.query_all(\"nodes\").status_code] if print(\"asked\")\n"})
	o.Redact = redactor.Text
	cluster := twoPods()
	cluster.do = func(_ context.Context, request kubequery.Request) (int, string, error) {
		if request.Resource.Name == "nodes" {
			return 403, `{"kind":"Status","code":403}`, nil
		}
		return cluster.code, cluster.body, nil
	}
	s := serve(t, kubequery.Watch(cluster, redactor), o)
	const callers, times = 32, 8
	var group sync.WaitGroup
	for range callers {
		group.Go(func() {
			for range times {
				code, body := ask(s.handler, http.MethodGet, "/v1/data/p/both", "")
				if code != 200 || strings.TrimSpace(body) != `{"result":[[2,2],"a",403]}` {
					t.Errorf("%d %s", code, body)
				}
			}
		})
	}
	group.Wait()
	if want := 3 * callers * times; cluster.asked() != want {
		t.Errorf("the cluster was asked %d times, want %d", cluster.asked(), want)
	}
	// Five lines for each evaluation, each in its place.
	lines := strings.Split(strings.TrimSpace(heard.String()), "\n")
	counts := map[string]int{}
	for _, line := range lines {
		counts[line]++
	}
	if len(lines) != 5*callers*times || len(counts) != 5 {
		t.Errorf("heard %v", counts)
	}
}

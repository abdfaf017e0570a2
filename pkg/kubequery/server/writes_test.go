package server

import (
	"net/http"
	"strings"
	"testing"
)

// TestWrites changes policies and data: what is ours stays, what does not compile
// without what reaches out is refused, and the rest is there.
func TestWrites(t *testing.T) {
	const cannot = "data.kubectl_opa cannot be written"
	for name, tc := range map[string]struct {
		method, target, body string
		code                 int
		// said is a part of the answer.
		said string
	}{
		"a policy":                        {"PUT", "/v1/policies/q", "package q\n\nx := 1\n", 200, "{}"},
		"a policy that asks":              {"PUT", "/v1/policies/q", "package q\n\nimport data.kubernetes.api.client\n\nx := client.query_all(\"pods\")\n", 200, "{}"},
		"one that reaches out":            {"PUT", "/v1/policies/q", "package q\n\nx := http.send({})\n", 400, "q:3:6: rego_type_error: http.send is switched off: a policy reaches nothing but the Kubernetes API, by kubernetes.api.client; kubectl opa query has --allow-net for that; a server has nothing of the kind"},
		"one that wants the runtime":      {"PUT", "/v1/policies/q", "package q\n\nx := opa.runtime()\n", 400, "opa.runtime is switched off: a policy sees neither the environment nor credentials"},
		"one of the client's package":     {"PUT", "/v1/policies/q", "package kubernetes.api.client\n\nquery_all(_) := {}\n", 400, "q:1:1: the package kubernetes.api.client is built in here"},
		"one in the client's place":       {"PUT", "/v1/policies/kubernetes.api.client.rego", "package q\n\nx := 1\n", 400, "undefined function data.kubernetes.api.client.query_all"},
		"one that is what it asks with":   {"PUT", "/v1/policies/q", "package kubectl_opa\n\nask[x] := 1 if x := 2\n", 400, "kubectl_opa"},
		"one next to what it asks with":   {"PUT", "/v1/policies/q", "package kubectl_opa.other\n\nx := 1\n", 400, "conflicting rule for data path kubectl_opa/other/x found"},
		"one that is broken":              {"PUT", "/v1/policies/q", "package q\n\nx := \n", 400, "rego_parse_error"},
		"no client":                       {"DELETE", "/v1/policies/kubernetes.api.client.rego", "", 400, "undefined function data.kubernetes.api.client.query_all"},
		"no policy":                       {"DELETE", "/v1/policies/p.rego", "", 200, "{}"},
		"data":                            {"PUT", "/v1/data/a/b", "1", 204, ""},
		"all data":                        {"PUT", "/v1/data", `{"a": 1}`, 204, ""},
		"data where it asks":              {"PUT", "/v1/data/kubectl_opa/ask/x", "1", 400, cannot},
		"data where it asks, by a patch":  {"PATCH", "/v1/data", `[{"op": "add", "path": "/kubectl_opa", "value": {}}]`, 400, cannot},
		"data over what it asks with":     {"PUT", "/v1/data/kubectl_opa", "{}", 400, cannot},
		"all data, with what it asks":     {"PUT", "/v1/data", `{"kubectl_opa": {"ask": {}}}`, 400, cannot},
		"nothing where it asks":           {"DELETE", "/v1/data/kubectl_opa/ask/x", "", 400, cannot},
		"data where a rule is":            {"PUT", "/v1/data/p/names", "1", 400, "conflict"},
		"data where the client is":        {"PUT", "/v1/data/kubernetes/api/client/query_all", "1", 400, "conflict"},
		"data where nothing is, by patch": {"PATCH", "/v1/data/x", `[{"op": "replace", "path": "/y", "value": 1}]`, 404, "resource_not_found"},
	} {
		t.Run(name, func(t *testing.T) {
			o, _ := options(map[string]string{"p.rego": podsPolicy})
			cluster := twoPods()
			s := serve(t, cluster, o)
			code, body := ask(s.handler, tc.method, tc.target, tc.body)
			if code != tc.code || !strings.Contains(body, tc.said) {
				t.Errorf("want %d with %q, found %d %s", tc.code, tc.said, code, body)
			}
			if cluster.asked() > 0 {
				t.Error("the cluster was asked")
			}
			// Whatever it was, the server goes on, and what is ours works.
			code, body = query(t, s.handler, `x := count(data.kubernetes.api.client.query_all("pods").items)`, nil)
			if code != 200 || compact(t, body) != `{"result":[{"x":2}]}` {
				t.Errorf("afterwards: %d %s", code, body)
			}
			if code, body := query(t, s.handler, `x := opa.runtime()`, nil); code != 400 {
				t.Errorf("afterwards opa.runtime is there: %d %s", code, body)
			}
		})
	}
}

// TestChanges follows a policy from its first text to its end.
func TestChanges(t *testing.T) {
	o, _ := options(nil)
	s := serve(t, twoPods(), o)
	for _, step := range []struct {
		method, target, body, want string
	}{
		{"PUT", "/v1/policies/q", "package q\n\nimport data.kubernetes.api.client\n\nx := count(client.query_all(\"pods\").items)\n", `{}`},
		{"GET", "/v1/data/q/x", "", `{"result":2}`},
		{"PUT", "/v1/policies/q", "package q\n\nx := http.send({})\n", ""},
		{"GET", "/v1/data/q/x", "", `{"result":2}`},
		{"PUT", "/v1/policies/q", "package q\n\nx := data.y\n", `{}`},
		{"PUT", "/v1/data/y", "3", ""},
		{"GET", "/v1/data/q/x", "", `{"result":3}`},
		{"GET", "/v1/data", "", `{"result":{"q":{"x":3},"y":3,"kubernetes":{"api":{"client":{}}}}}`},
		{"DELETE", "/v1/policies/q", "", `{}`},
		{"DELETE", "/v1/policies/kubernetes.api.client.rego", "", `{"code":"invalid_parameter","message":"the policy kubernetes.api.client.rego is built in here, and cannot be changed"}`},
		{"PUT", "/v1/policies/kubernetes.api.client.rego", "package q\n", `{"code":"invalid_parameter","message":"the policy kubernetes.api.client.rego is built in here, and cannot be changed"}`},
		{"GET", "/v1/data/q/x", "", `{}`},
	} {
		_, body := ask(s.handler, step.method, step.target, step.body)
		if step.want != "" && compact(t, body) != compact(t, step.want) {
			t.Errorf("%s %s: want %s, found %s", step.method, step.target, step.want, body)
		}
	}
}

// TestReadOnly refuses what would change something, and names the flag.
func TestReadOnly(t *testing.T) {
	o, _ := options(map[string]string{"p.rego": podsPolicy})
	s := serve(t, twoPods(), o)
	handler := readOnly(s.handler)
	for target, methods := range map[string][]string{
		"/v1/data/x":          {"PUT", "PATCH", "DELETE"},
		"/v1/policies/p.rego": {"PUT", "DELETE"},
		"/v1/query":           {"OPTIONS", "TRACE", "CONNECT"},
	} {
		for _, method := range methods {
			code, body := ask(handler, method, target, "")
			want := `{"code":"invalid_operation","message":"this server is read-only: it answers no \"` + method + `\"; start it with --allow-writes"}`
			if code != http.StatusMethodNotAllowed || compact(t, body) != want {
				t.Errorf("%s %s: %d %s", method, target, code, body)
			}
		}
	}
	if code, body := ask(handler, "POST", "/v1/data/p/names", "{}"); code != 200 {
		t.Errorf("a question was refused: %d %s", code, body)
	}
}

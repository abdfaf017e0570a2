package kubequery

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/resources"
)

// evaluate evaluates an expression with the client imported as "client".
func evaluate(t *testing.T, cluster Cluster, expr string) (any, error) {
	t.Helper()
	set, err := Evaluate(t.Context(), cluster, Options{Expr: strings.ReplaceAll(expr, "client.", "data."+clientPackage+".")})
	if err != nil || len(set.Rows) == 0 {
		return nil, err
	}
	return set.Rows[0].Expressions[0].Value, nil
}

// text is a value as JSON.
func text(t *testing.T, value any) string {
	t.Helper()
	encoded, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(encoded)
}

const aPod = `{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a","labels":{"owner":"team"},"managedFields":[{"x":1}]},` +
	`"spec":{"n":1.50,"big":12345678901234567890},"status":{"phase":"Running"}}`

func TestResultHasBothShapes(t *testing.T) {
	for expr, want := range map[string]string{
		`client.query_name_ns("pods", "a", "ns").body.metadata.labels.owner`: `"team"`,
		`client.query_name_ns("pods", "a", "ns").metadata.labels.owner`:      `"team"`,
		`client.query_name_ns("pods", "a", "ns").status_code`:                `200`,
		`client.query_name_ns("pods", "a", "ns").status`:                     `"200 OK"`,
		`client.query_name_ns("pods", "a", "ns").body.status.phase`:          `"Running"`,
		`client.query_name_ns("pods", "a", "ns").headers`:                    `{"content-type":["application/json"],"x-twice":["a","b"]}`,
		`client.query_name_ns("pods", "a", "ns").spec`:                       `{"big":12345678901234567890,"n":1.50}`,
		`object.keys(client.query_name_ns("pods", "a", "ns").body.metadata)`: `["labels","name"]`,
		`object.keys(client.query_name_ns("pods", "a", "ns"))`:               `["apiVersion","body","headers","kind","metadata","spec","status","status_code"]`,
	} {
		t.Run(expr, func(t *testing.T) {
			got, err := evaluate(t, newFake(always(200, aPod)), expr)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, text(t, got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRequests(t *testing.T) {
	list := always(200, `{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[]}`)
	for expr, want := range map[string]Request{
		`client.query_all("po")`:                                          {Resource: pods, Limit: 500},
		`client.query_all("deployments")`:                                 {Resource: deployments, Limit: 500},
		`client.query_name_ns("pods", "a", "ns")`:                         {Resource: pods, Name: "a", Namespace: "ns"},
		`client.query_name_ns("nodes", "a", "ns")`:                        {Resource: nodes, Name: "a"},
		`client.query_name_ns("nodes", "a", "")`:                          {Resource: nodes, Name: "a"},
		`client.query_label_selector_ns("pods", "b notin (x), !a", "ns")`: {Resource: pods, Namespace: "ns", LabelSelector: "!a,b notin (x)", Limit: 500},
		`client.query_label_selector_ns("pods", {"b": "", "a/b": "x.y"}, "")`: {
			Resource: pods, LabelSelector: "a/b=x.y,b=", Limit: 500,
		},
		`client.query_label_selector_ns("nodes", {}, "ns")`: {Resource: nodes, Limit: 500},
		`kubectl_opa.query_all("pods")`:                     {Resource: pods, Limit: 500},
		`client.query_ns("pods", "ns")`:                     {Resource: pods, Namespace: "ns", Limit: 500},
		`client.query_ns("pods", "")`:                       {Resource: pods, Limit: 500},
		`client.query_ns("nodes", "ns")`:                    {Resource: nodes, Limit: 500},
		`client.query_name("nodes", "a")`:                   {Resource: nodes, Name: "a"},
		`client.query_label_selector("pods", {"a": "b"})`:   {Resource: pods, LabelSelector: "a=b", Limit: 500},
		`client.query_field_selector_ns("pods", {"spec.nodeName": "a,b=c"}, "ns")`: {
			Resource: pods, Namespace: "ns", FieldSelector: `spec.nodeName=a\,b\=c`, Limit: 500,
		},
		`client.query_field_selector_ns("pods", "status.phase!=Running,metadata.name==a", "")`: {
			Resource: pods, FieldSelector: "metadata.name=a,status.phase!=Running", Limit: 500,
		},
	} {
		t.Run(expr, func(t *testing.T) {
			cluster := newFake(list)
			if _, err := evaluate(t, cluster, expr); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]Request{want}, cluster.requests); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestRefused shows that what makes no sense ends the evaluation, even inside
// "not", and that nothing is sent.
func TestRefused(t *testing.T) {
	for expr, want := range map[string]string{
		`client.query_all(7)`:                         `calling query_all: invalid argument "resource": want a string, found a number`,
		`client.query_all("")`:                        `calling query_all: invalid argument "resource": may not be empty`,
		`client.query_all("podz")`:                    `calling query_all: the server has no resource "podz"; nearest: pods`,
		`client.query_name_ns("pods", 7, "ns")`:       `calling query_name_ns: invalid argument "name": want a string, found a number`,
		`client.query_name_ns("pods", "", "ns")`:      `invalid argument "name": "" is no name: it may not be empty`,
		`client.query_name_ns("pods", "a/log", "ns")`: `"a/log" is no name: it may not contain '/'`,
		`client.query_name_ns("pods", "..", "ns")`:    `".." is no name: it may not be '..'`,
		`client.query_name_ns("pods", "a%2fb", "ns")`: `"a%2fb" is no name: it may not contain '%'`,
		`client.query_name_ns("pods", concat("", ["a" | some i in numbers.range(1, 5000)]), "ns")`:                   `may not be longer than 4096 bytes, has 5000`,
		`client.query_name_ns("pods", "a", "")`:                                                                      `invalid argument "namespace": may not be empty: pods are namespaced`,
		`client.query_name_ns("pods", "a", "../b")`:                                                                  `invalid argument "namespace": "../b" is no namespace: it may not contain '/'`,
		`client.query_name_ns("pods", "a", null)`:                                                                    `invalid argument "namespace": want a string, found null`,
		`client.query_name_ns("nodes", "a", ["x"])`:                                                                  `invalid argument "namespace": want a string, found an array`,
		`client.query_label_selector_ns("pods", 7, "")`:                                                              `invalid argument "selector": want a map of labels or a string, found a number`,
		`client.query_label_selector_ns("pods", {"a": 7}, "")`:                                                       `want a string as value of label "a", found a number`,
		`client.query_label_selector_ns("pods", {7: "a"}, "")`:                                                       `want strings as keys, found a number`,
		`client.query_label_selector_ns("pods", {"a": "b,c=d"}, "")`:                                                 `Invalid value: "b,c=d"`,
		`client.query_label_selector_ns("pods", {"a=b,c": "d"}, "")`:                                                 `Invalid value: "a=b,c"`,
		`client.query_label_selector_ns("pods", "a in (b", "")`:                                                      `invalid argument "selector": unable to parse requirement`,
		`client.query_label_selector_ns("pods", "a=b\u0000,c=d", "")`:                                                `a label selector has no NUL characters`,
		`client.query_label_selector_ns("pods", {sprintf("k%d", [i]): "v" | some i in numbers.range(1, 40000)}, "")`: `invalid argument "selector": may not be longer than 262144 bytes, has 348893`,
		`client.query_label_selector_ns("pods", sprintf("%0300000d", [1]), "")`:                                      `invalid argument "selector": may not be longer than 262144 bytes, has 300000`,
		`client.query_field_selector_ns("pods", {"a": sprintf("%0300000d", [1])}, "")`:                               `invalid argument "selector": may not be longer than 262144 bytes, has 300000 in one place`,
		`client.query_name("pods", "a")`:                                                                             `pods are namespaced; ask query_name_ns, which takes a namespace`,
		`client.query_name("nodes", "a/b")`:                                                                          `"a/b" is no name: it may not contain '/'`,
		`client.query_ns("pods", "../b")`:                                                                            `"../b" is no namespace: it may not contain '/'`,
		`client.query_field_selector_ns("pods", ["x"], "")`:                                                          `want a map of fields or a string, found an array`,
		`client.query_field_selector_ns("pods", {"a=b": "c"}, "")`:                                                   `"a=b" is no name of a field`,
		`client.query_field_selector_ns("pods", "=b", "")`:                                                           `a field has no name`,
		`client.query_field_selector_ns("pods", "a", "")`:                                                            `can't understand 'a'`,
		`client.query_field_selector_ns("pods", "a=b\\c", "")`:                                                       `invalid escape sequence`,
		`client.query_field_selector_ns("pods", "a=b\u0000", "")`:                                                    `a field selector has no NUL characters`,
		`client.query_field_selector_ns("pods", {"a": "b"}, "x?y/z")`:                                                `"x?y/z" is no namespace`,
		`kubectl_opa.query_name_ns("pods", "../x", "ns")`:                                                            `"../x" is no name`,
		`not client.query_all("podz")`:                                                                               `the server has no resource "podz"`,
		`[x | x := client.query_all(["pods", "podz"][_])]`:                                                           `the server has no resource "podz"`,
	} {
		t.Run(expr, func(t *testing.T) {
			cluster := newFake(always(200, `{"items":[]}`))
			_, err := evaluate(t, cluster, expr)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("want an error with %s\nfound %v", want, err)
			}
			for _, request := range cluster.requests {
				if request != (Request{Resource: pods, Limit: 500}) {
					t.Errorf("sent %+v", request)
				}
			}
		})
	}
}

func TestSameQuestionIsAskedOnce(t *testing.T) {
	cluster := newFake(always(200, aPod))
	expr := `count([1 | some i in numbers.range(1, 50); some word in ["pods", "po"];
		client.query_name_ns(word, ["a", "b"][i % 2], "ns").status_code == 200])`
	got, err := evaluate(t, cluster, expr)
	if err != nil || text(t, got) != "100" {
		t.Fatal(got, err)
	}
	if len(cluster.requests) != 2 || len(cluster.resolved) != 2 {
		t.Errorf("want 2 requests and 2 words resolved, found %v and %v", cluster.requests, cluster.resolved)
	}
	if _, err := evaluate(t, cluster, expr); err != nil || len(cluster.requests) != 4 {
		t.Errorf("want the next evaluation to ask again, found %d requests, %v", len(cluster.requests), err)
	}
}

const v0 = "package p\n\nimport data.kubernetes.api.client\n\ndeny[reason] {\n\treason := client.query_name_ns(\"pods\", \"a\", \"x\").kind\n}\n"

const v1 = "package p\n\nimport data.kubernetes.api.client\n\ndeny contains reason if {\n\treason := client.query_name_ns(\"pods\", \"a\", \"x\").kind\n}\n"

func TestVersions(t *testing.T) {
	for name, tc := range map[string]struct {
		policy       string
		v0Compatible bool
		err, next    string
	}{
		"v1":       {policy: v1},
		"v0":       {policy: v0, v0Compatible: true},
		"v0 as v1": {policy: v0, err: "p.rego:5:1: rego_parse_error: `if` keyword is required", next: "--v0-compatible"},
		"v1 as v0": {policy: v1, v0Compatible: true, err: "p.rego:5:", next: "leave --v0-compatible out"},
		"neither":  {policy: "package p\n\ndeny {{", err: "p.rego:3:7: rego_parse_error:"},
	} {
		t.Run(name, func(t *testing.T) {
			result, err := Evaluate(t.Context(), newFake(always(200, aPod)), Options{
				Expr: "data.p.deny", Paths: []string{"p.rego"}, V0Compatible: tc.v0Compatible,
				FS: fstest.MapFS{"p.rego": {Data: []byte(tc.policy)}},
			})
			if tc.err == "" {
				if err != nil || text(t, result.Rows[0].Expressions[0].Value) != `["Pod"]` {
					t.Error(result, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tc.err) {
				t.Errorf("want an error with %s\nfound %v", tc.err, err)
			}
			if next := strings.Join(advice.Next(err), "\n"); !strings.Contains(next, tc.next) || (tc.next == "") != (next == "") {
				t.Errorf("want the next step %q, found %q", tc.next, next)
			}
		})
	}
}

func TestPoliciesDataAndInput(t *testing.T) {
	events := []string{}
	result, err := Evaluate(t.Context(), newFake(always(200, aPod)), Options{
		Expr:  "data.p.answer",
		Paths: []string{"dir"},
		Input: []byte("name: a\n"),
		FS: fstest.MapFS{
			"dir/p.rego": {Data: []byte("package p\n\nimport data.kubernetes.api.client\n\n" +
				"answer := [data.config.ns, client.query_name_ns(\"pods\", input.name, data.config.ns).kind] if print(\"seen\", input.name)\n")},
			"dir/data.json":     {Data: []byte(`{"config": {"ns": "x"}}`)},
			"dir/library.rego":  {Data: []byte("package kubernetes.api.client\n\nquery_name_ns(_, _, _) := \"another\"\n")},
			"dir/unread/README": {Data: []byte("nothing to load")},
		},
		Notify: func(event Event) { events = append(events, event.String()) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(`["x","Pod"]`, text(t, result.Rows[0].Expressions[0].Value)); diff != "" {
		t.Error(diff)
	}
	want := []string{
		"dir/library.rego is left out: its package kubernetes.api.client is built in here",
		"dir/p.rego:5:94: seen a",
	}
	if diff := cmp.Diff(want, events); diff != "" {
		t.Error(diff)
	}
}

// TestPosition shows that an error names the user's line, not the client's.
func TestPosition(t *testing.T) {
	policy := "package p\n\nimport data.kubernetes.api.client\n\nhelp(x) := client.query_all(x)\n\ndeny if {\n\thelp(\"podz\").items\n}\n"
	_, err := Evaluate(t.Context(), newFake(always(200, aPod)), Options{
		Expr: "data.p.deny", Paths: []string{"p.rego"}, FS: fstest.MapFS{"p.rego": {Data: []byte(policy)}},
	})
	if err == nil || !strings.HasPrefix(err.Error(), "p.rego:5:12: calling query_all: ") {
		t.Error(err)
	}
	var unknown *resources.UnknownError
	if !errors.As(err, &unknown) || unknown.Word != "podz" {
		t.Errorf("want the cause to be kept, found %v", err)
	}
}

func TestSwitchedOff(t *testing.T) {
	for expr, want := range map[string]string{
		`http.send({"method": "get", "url": "http://127.0.0.1"})`: "http.send is switched off: a policy reaches nothing but the Kubernetes API",
		`net.lookup_ip_addr("localhost")`:                         "net.lookup_ip_addr is switched off: a policy reaches nothing but the Kubernetes API",
		`opa.runtime().env`:                                       "opa.runtime is switched off: a policy sees neither the environment nor credentials",
		`json.match_schema({}, {"$ref": "file:///etc/hosts"})`:    "json.match_schema is switched off: a reference in a schema can read files",
		`json.verify_schema({"$ref": "file:///etc/hosts"})`:       "json.verify_schema is switched off: a reference in a schema can read files",
		`kubectl_opa.query("pods")`:                               "undefined function kubectl_opa.query",
		`data.x with nothing.there as 7`:                          "with keyword target must reference existing input, data, or a function",
		`data.x with http.send as 7`:                              "http.send is switched off: a policy reaches nothing but the Kubernetes API",
	} {
		t.Run(expr, func(t *testing.T) {
			_, err := Evaluate(t.Context(), newFake(nil), Options{Expr: expr})
			if err == nil || !strings.Contains(err.Error(), ": rego_type_error: "+want) {
				t.Errorf("want an error with %s\nfound %v", want, err)
			}
		})
	}
}

// TestNothingIsRegistered shows that the builtins exist for one evaluation
// only: a template that calls them must not compile anywhere else.
func TestNothingIsRegistered(t *testing.T) {
	if _, err := evaluate(t, newFake(always(200, aPod)), `client.query_all("pods")`); err == nil {
		t.Fatal("want an error: the answer is no list")
	}
	if _, err := evaluate(t, newFake(always(200, `{"items":[]}`)), `client.query_all("pods")`); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"query_name_ns", "query_label_selector_ns", "query_all"} {
		if ast.BuiltinMap[builtinPrefix+name] != nil || topdown.GetBuiltin(builtinPrefix+name) != nil {
			t.Errorf("%s is registered", name)
		}
	}
	for _, builtin := range ast.CapabilitiesForThisVersion().Builtins {
		if strings.HasPrefix(builtin.Name, builtinPrefix) {
			t.Errorf("%s is a capability", builtin.Name)
		}
	}
	_, err := ast.CompileModules(map[string]string{"p.rego": "package p\n\np := kubectl_opa.query_all(\"pods\")\n"})
	if err == nil || !strings.Contains(err.Error(), "undefined function kubectl_opa.query_all") {
		t.Errorf("want the compiler not to know it, found %v", err)
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cluster := newFake(func(int, Request) (int, string) {
		cancel()
		return 200, `{"metadata":{"continue":"more"},"items":[]}`
	})
	for _, expr := range []string{`data.kubernetes.api.client.query_all("pods")`, `count(numbers.range(1, 100000000)) > 1`} {
		if _, err := Evaluate(ctx, cluster, Options{Expr: expr}); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: want the context's error, found %v", expr, err)
		}
	}
	if len(cluster.requests) != 1 {
		t.Errorf("want nothing after the end, found %v", cluster.requests)
	}
}

package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
)

// bait is what a policy may not get at: a file, a variable of the environment
// and a server. Their content is "leaked".
type bait struct {
	file, variable, server string
	asked                  atomic.Int64
}

func newBait(t *testing.T) *bait {
	t.Helper()
	b := &bait{file: filepath.Join(t.TempDir(), "bait.json"), variable: "KUBECTL_OPA_BAIT"}
	const content = `{"type": "object", "properties": {"leaked": {"type": "string"}}, "additionalProperties": false}`
	if err := os.WriteFile(b.file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv(b.variable, content)
	t.Setenv("KUBECONFIG", b.file)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.asked.Add(1)
		if r.URL.Path == "/redirect" {
			http.Redirect(w, r, "/", http.StatusFound)
			return
		}
		_, _ = w.Write([]byte(content))
	}))
	t.Cleanup(server.Close)
	b.server = server.URL
	return b
}

// fill puts the bait's addresses into a text.
func (b *bait) fill(text string) string {
	return strings.NewReplacer("FILE", b.file, "VARIABLE", b.variable, "SERVER", b.server).Replace(text)
}

// check wants that nothing was sent, and that what came has nothing of the bait.
func (b *bait) check(t *testing.T, way, came string) {
	t.Helper()
	if b.asked.Swap(0) > 0 {
		t.Errorf("%s: a request was sent: %s", way, came)
	}
	if strings.Contains(came, "leaked") {
		t.Errorf("%s: leaked: %s", way, came)
	}
}

// attempts are expressions that want more than the API, and a part of what OPA
// says of them; "" is nothing, as they are undefined or harmless.
var attempts = map[string][2]string{
	"a request":                          {`http.send({"method": "get", "url": "SERVER"})`, "http.send"},
	"a request that is led on":           {`http.send({"method": "get", "url": "SERVER/redirect", "enable_redirect": true})`, "http.send"},
	"a request for a file":               {`http.send({"method": "get", "url": "file://FILE"})`, "http.send"},
	"a request with a file as CA":        {`http.send({"method": "get", "url": "SERVER", "tls_ca_cert_file": "FILE"})`, "http.send"},
	"a request with a variable":          {`http.send({"method": "get", "url": "SERVER", "tls_ca_cert_env_variable": "VARIABLE"})`, "http.send"},
	"a name of the network":              {`net.lookup_ip_addr("localhost")`, "net.lookup_ip_addr"},
	"the environment":                    {`opa.runtime().env.VARIABLE`, "opa.runtime"},
	"the token of the manual":            {`opa.runtime().env.KUBERNETES_API_TOKEN`, "opa.runtime"},
	"the kubeconfig":                     {`opa.runtime().env.KUBECONFIG`, "opa.runtime"},
	"the configuration of OPA":           {`opa.runtime().config`, "opa.runtime"},
	"a file as a schema":                 {`json.match_schema({"a": 1}, {"$ref": "file://FILE"})`, "json.match_schema"},
	"an address as a schema":             {`json.match_schema({"a": 1}, {"$ref": "SERVER"})`, "json.match_schema"},
	"a file in a check of a schema":      {`json.verify_schema({"$ref": "file://FILE"})`, "json.verify_schema"},
	"data of a file that is not given":   {"[1 | data.bait]", ""},
	"all data":                           {`data.system`, ""},
	"a file as a module":                 {`[1 | rego.parse_module("FILE", "import data.x")]`, ""},
	"a file as YAML":                     {`[x | some f in ["FILE", "!include FILE"]; x := yaml.unmarshal(f)]`, ""},
	"a template":                         {`[x | some f in ["{{ env \"VARIABLE\" }}", "{{ readFile \"FILE\" }}"]; x := strings.render_template(f, {})]`, ""},
	"a file as a time zone":              {`[x | some z in ["FILE", "../../../../../../../../FILE"]; x := time.clock([0, z])]`, ""},
	"a file as a certificate":            {`[x | x := crypto.x509.parse_certificates("FILE")]`, ""},
	"a signature with what AWS has here": {`[x | x := providers.aws.sign_req({"method": "get", "url": "SERVER"}, {"aws_service": "s3", "aws_region": "r"}, 0)]`, ""},
	"a file as an object":                {`data.kubernetes.api.client.query_name_ns("pods", "../../../../../../FILE", "default")`, "is no name"},
	"another server as a resource":       {`data.kubernetes.api.client.query_all("SERVER")`, "no resource"},
	"another server as a namespace":      {`data.kubernetes.api.client.query_ns("pods", "../../../../SERVER")`, "is no namespace"},
}

// TestIsolation makes each attempt in each way in: in a policy that is loaded, in
// one that a caller puts there, in a query, in an expression that is to be
// compiled, and in what is told of an evaluation.
func TestIsolation(t *testing.T) {
	for name, attempt := range attempts {
		t.Run(name, func(t *testing.T) {
			b := newBait(t)
			expression := b.fill(attempt[0])
			for way, try := range map[string]func(*testing.T, string) string{
				"loaded": tryLoaded, "put": tryPut, "query": tryQuery, "query in the URL": tryURL,
				"compiled": tryCompiled, "explained": tryExplained, "with": tryWith,
			} {
				came := try(t, expression)
				b.check(t, way, came)
				// As a value, a builtin that is not there is a variable without one.
				refused := strings.Contains(came, attempt[1]) || way == "with" && strings.Contains(came, " is unsafe")
				if !refused || attempt[1] != "" && strings.Contains(came, `"result"`) {
					t.Errorf("%s: want a refusal with %q, found %s", way, attempt[1], came)
				}
			}
		})
	}
}

func tryLoaded(t *testing.T, expression string) string {
	o, heard := options(map[string]string{"p.rego": "package p\n\nanswer := " + expression + "\n"})
	s, err := New(t.Context(), twoPods(), o)
	if err != nil {
		return fmt.Sprint(heard, err)
	}
	_, body := ask(s.handler, http.MethodGet, "/v1/data/p/answer", "")
	return heard.String() + body
}

func tryPut(t *testing.T, expression string) string {
	o, heard := options(nil)
	s := serve(t, twoPods(), o)
	code, body := ask(s.handler, http.MethodPut, "/v1/policies/p", "package p\n\nanswer := "+expression+"\n")
	if code == http.StatusOK {
		_, body = ask(s.handler, http.MethodPost, "/v1/data/p/answer", "{}")
	}
	return heard.String() + body
}

func tryQuery(t *testing.T, expression string) string {
	o, heard := options(nil)
	_, body := query(t, serve(t, twoPods(), o).handler, "x := "+expression, nil)
	return heard.String() + body
}

func tryURL(t *testing.T, expression string) string {
	o, heard := options(nil)
	_, body := ask(serve(t, twoPods(), o).handler, http.MethodGet, "/v1/query?q="+url.QueryEscape("x := "+expression), "")
	return heard.String() + body
}

func tryCompiled(t *testing.T, expression string) string {
	o, heard := options(nil)
	body, err := json.Marshal(map[string]any{
		"query": "x := " + expression + "; x == input.x", "unknowns": []string{"input"},
		"options": map[string]any{"nondeterministicBuiltins": true},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, came := ask(serve(t, twoPods(), o).handler, http.MethodPost, "/v1/compile", string(body))
	return heard.String() + strings.ReplaceAll(came, `"result"`, `"compiled"`)
}

func tryExplained(t *testing.T, expression string) string {
	o, heard := options(nil)
	body, err := json.Marshal(map[string]any{"query": "x := " + expression + "; print(x); trace(sprintf(\"%v\", [x]))"})
	if err != nil {
		t.Fatal(err)
	}
	_, came := ask(serve(t, twoPods(), o).handler, http.MethodPost, "/v1/query?explain=full&metrics&instrument", string(body))
	return heard.String() + came
}

// tryWith has a builtin in the place of another function.
func tryWith(t *testing.T, expression string) string {
	builtin, argument, called := strings.Cut(expression, "(")
	if !called || strings.HasPrefix(expression, "[") {
		return tryQuery(t, expression)
	}
	if strings.HasPrefix(builtin, "data.") || builtin == "opa.runtime" || strings.Contains(argument, ", {\"$ref") {
		return tryQuery(t, expression)
	}
	argument = argument[:strings.LastIndex(argument, ")")]
	o, heard := options(nil)
	_, body := query(t, serve(t, twoPods(), o).handler, "x := json.marshal("+argument+") with json.marshal as "+builtin, nil)
	return heard.String() + body
}

// TestSchemas shows that schemas in annotations come from nowhere, in policies
// that are loaded and that are put.
func TestSchemas(t *testing.T) {
	for name, tc := range map[string]struct{ schema, said string }{
		"a file":                {`{"$ref": "file://FILE"}`, `a schema refers to`},
		"a file that shouts":    {`{"$ref": "FiLe://FILE"}`, `a schema refers to`},
		"a file, deep inside":   {`{"properties": {"a": {"anyOf": [{"$ref": "file://FILE#/properties"}]}}}`, `a schema refers to`},
		"a file, relative":      {`{"$id": "file:///", "properties": {"a": {"$ref": "FILE"}}}`, `a schema refers to`},
		"a path":                {`{"$ref": "FILE"}`, "must be canonical"},
		"an address":            {`{"$ref": "SERVER/x.json"}`, "remote reference loading disabled"},
		"a schema of the state": {`{"$ref": "http://json-schema.org/draft-07/schema#"}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBait(t)
			policy := "package p\n\n# METADATA\n# scope: rule\n# schemas:\n#   - input: " + b.fill(tc.schema) + "\nanswer if is_object(input)\n"
			o, _ := options(map[string]string{"p.rego": policy})
			_, err := New(t.Context(), twoPods(), o)
			b.check(t, "loaded", fmt.Sprint(err))
			if (err == nil) != (tc.said == "") || err != nil && !strings.Contains(err.Error(), tc.said) {
				t.Errorf("loaded: want %q, found %v", tc.said, err)
			}
			o, _ = options(nil)
			s := serve(t, twoPods(), o)
			code, body := ask(s.handler, http.MethodPut, "/v1/policies/p", policy)
			b.check(t, "put", body)
			if (code == http.StatusOK) != (tc.said == "") || !strings.Contains(body, tc.said) {
				t.Errorf("put: want %q, found %d %s", tc.said, code, body)
			}
			_, body = ask(s.handler, http.MethodPost, "/v1/compile/p/answer", `{"unknowns": ["input.x"]}`)
			b.check(t, "compiled", body)
		})
	}
}

// TestNothingIsRegistered shows that the process has no builtin of ours, and OPA's
// manager nobody to call.
func TestNothingIsRegistered(t *testing.T) {
	o, _ := options(map[string]string{"p.rego": podsPolicy})
	s := serve(t, twoPods(), o)
	if code, body := query(t, s.handler, "x := data.p.names", nil); code != http.StatusOK {
		t.Fatal(body)
	}
	for name := range ast.BuiltinMap {
		if strings.HasPrefix(name, kubequery.Root) {
			t.Errorf("%s is registered", name)
		}
	}
	if plugins, services := s.manager.Plugins(), s.manager.Services(); len(plugins)+len(services) > 0 {
		t.Errorf("the manager has %v, and calls %v", plugins, services)
	}
}

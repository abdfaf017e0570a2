package kubequery

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"github.com/open-policy-agent/opa/v1/ast"
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
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		b.asked.Add(1)
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

// try evaluates "data.p.answer", and returns all that comes of it.
func (b *bait) try(t *testing.T, policy string, input any) (value any, said string) {
	t.Helper()
	o := b.options(t, policy, input)
	o.Notify = func(event Event) { said += event.String() + "\n" }
	cluster := newFake(always(200, `{"items": []}`))
	result, err := Evaluate(t.Context(), cluster, o)
	if err != nil {
		said += err.Error()
	}
	if len(result.Rows) > 0 {
		value = result.Rows[0].Expressions[0].Value
	}
	b.check(t, cluster, text(t, value)+said)
	return value, said
}

// tryOtherwise loads the policy in the other ways that there are.
func (b *bait) tryOtherwise(t *testing.T, policy string, input any) {
	t.Helper()
	for name, change := range map[string]func(*Options){
		"as a bundle":           func(o *Options) { o.Paths, o.Bundles = nil, []string{"."} },
		"with an allowed host":  func(o *Options) { o.AllowNet = []Host{mustHost(t, "allowed.example.com")} },
		"by the other language": func(o *Options) { o.V0Compatible = true },
	} {
		o := b.options(t, policy, input)
		change(&o)
		o.Notify = func(event Event) { b.check(t, newFake(nil), event.String()) }
		cluster := newFake(always(200, `{"items": []}`))
		result, err := Evaluate(t.Context(), cluster, o)
		b.check(t, cluster, fmt.Sprint(name, result, err))
	}
	cluster := newFake(always(200, `{"items": []}`))
	run, err := Test(t.Context(), cluster, TestOptions{Options: b.options(t, policy+"\ntest_it if print(answer)\n", input)})
	b.check(t, cluster, fmt.Sprintf("as a test %+v %v", run, err))
}

func mustHost(t *testing.T, text string) Host {
	t.Helper()
	host, err := ParseHost(text)
	if err != nil {
		t.Fatal(err)
	}
	return host
}

func (b *bait) options(t *testing.T, policy string, input any) Options {
	t.Helper()
	encoded, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	return Options{
		Expr: "data.p.answer", Paths: []string{"p.rego"}, Input: encoded,
		FS: fstest.MapFS{"p.rego": {Data: []byte(b.fill(policy))}},
	}
}

// check wants that nothing was sent, and that what came out has nothing of the
// bait.
func (b *bait) check(t *testing.T, cluster *fake, came string) {
	t.Helper()
	if b.asked.Swap(0) > 0 {
		t.Errorf("a request was sent: %s", came)
	}
	if strings.Contains(came, "leaked") {
		t.Errorf("leaked: %s", came)
	}
	if len(cluster.requests) > 0 {
		t.Errorf("asked the cluster: %v, %s", cluster.requests, came)
	}
}

// TestIsolation shows what a policy that wants more than the API gets: a
// refusal, or nothing.
func TestIsolation(t *testing.T) {
	for name, tc := range map[string]struct {
		policy string
		// said is a part of the error; "" is none, and value the answer then.
		said  string
		value any
	}{
		"a request":                          {policy: `answer := http.send({"method": "get", "url": "SERVER"})`, said: "http.send is switched off"},
		"a request for a file":               {policy: `answer := http.send({"method": "get", "url": "file://FILE"})`, said: "http.send is switched off"},
		"a request with a file as CA":        {policy: `answer := http.send({"method": "get", "url": "SERVER", "tls_ca_cert_file": "FILE"})`, said: "http.send is switched off"},
		"a request, under another name":      {policy: "f(x) := http.send(x)\n\nanswer := f({\"method\": \"get\", \"url\": \"SERVER\"})", said: "http.send is switched off"},
		"a request, in a branch that is off": {policy: "answer if {\n\tfalse\n\thttp.send({\"method\": \"get\", \"url\": \"SERVER\"})\n}", said: "http.send is switched off"},
		"a request instead of a builtin":     {policy: `answer := x if x := json.marshal({"method": "get", "url": "SERVER"}) with json.marshal as http.send`, said: "http"},
		"a request instead of the client":    {policy: "import data.kubernetes.api.client\n\nanswer := x if x := client.query_all({\"method\": \"get\", \"url\": \"SERVER\"}) with client.query_all as http.send", said: "http"},
		"a name of the network":              {policy: `answer := net.lookup_ip_addr("localhost")`, said: "net.lookup_ip_addr is switched off"},
		"the environment":                    {policy: `answer := opa.runtime().env.VARIABLE`, said: "opa.runtime is switched off"},
		"the configuration of OPA":           {policy: `answer := opa.runtime().config`, said: "opa.runtime is switched off"},
		"a file as a schema":                 {policy: `answer := json.match_schema({"a": 1}, {"$ref": "file://FILE"})`, said: "json.match_schema is switched off"},
		"a file as a schema, as text":        {policy: `answer := json.match_schema("{}", "{\"$ref\": \"file://FILE\"}")`, said: "json.match_schema is switched off"},
		"a file in a check of a schema":      {policy: `answer := json.verify_schema({"$ref": "file://FILE"})`, said: "json.verify_schema is switched off"},
		"an address as a schema":             {policy: `answer := json.match_schema({"a": 1}, {"$ref": "SERVER"})`, said: "json.match_schema is switched off"},
		"data of a file that is not given":   {policy: "import data.bait\n\nanswer := [1 | bait]", value: "[]"},
		"all data":                           {policy: `answer := object.keys(data.kubernetes)`, value: `["api"]`},
		"a file as a module":                 {policy: `answer := [1 | rego.parse_module("FILE", "import data.x")]`, value: "[]"},
		"a file as JSON and YAML":            {policy: `answer := [x | some f in ["FILE", "file://FILE", "!include FILE"]; x := yaml.unmarshal(f)]`, value: `["FILE","file://FILE","FILE"]`},
		"a template":                         {policy: `answer := [x | some f in ["{{ env \"VARIABLE\" }}", "{{ readFile \"FILE\" }}", "{{ .VARIABLE }}"]; x := strings.render_template(f, {})]`, value: `["\u003cundefined\u003e"]`},
		"a file as a time zone":              {policy: `answer := [x | some z in ["FILE", "../../../../../../../../FILE", "file://FILE"]; x := time.clock([0, z])]`, value: "[]"},
		"a file as keys and certificates":    {policy: `answer := [x | some f in [crypto.x509.parse_certificates("FILE"), crypto.parse_private_keys("FILE"), crypto.x509.parse_keypair("FILE", "FILE")]; x := f]`, value: "[]"},
		"a token that names its keys":        {policy: `answer := [x | x := io.jwt.decode_verify("eyJhbGciOiJSUzI1NiIsImprdSI6Imh0dHA6Ly8xMjcuMC4wLjEvIn0.e30.AAAA", {"cert": "SERVER"})]`, value: "[]"},
		"a signature with what AWS has here": {policy: `answer := [x | x := providers.aws.sign_req({"method": "get", "url": "SERVER"}, {"aws_service": "s3", "aws_region": "r"}, 0)]`, value: "[]"},
		"types of GraphQL":                   {policy: `answer := graphql.schema_is_valid("FILE")`, value: "false"},
		"an annotation with a file":          {policy: annotated(`{"$ref": "file://FILE"}`), said: `p.rego:3:1: a schema refers to "file://`},
		"an annotation that shouts":          {policy: annotated(`{"$ref": "FiLe://FILE"}`), said: `a schema refers to "FiLe://`},
		"an annotation, deep inside":         {policy: annotated(`{"properties": {"a": {"anyOf": [{"type": "string"}, {"$ref": "file://FILE#/properties"}]}}}`), said: `a schema refers to "file://`},
		"an annotation, by what it is relative to": {
			policy: annotated(`{"$id": "file:///", "properties": {"a": {"$ref": "FILE"}}}`), said: `a schema refers to "file:///"`,
		},
		"an annotation, by another word for that": {
			policy: annotated(`{"id": "file:///", "properties": {"a": {"$ref": "FILE"}}}`), said: `a schema refers to "file:///"`,
		},
		"an annotation with a path":       {policy: annotated(`{"$ref": "FILE"}`), said: "must be canonical"},
		"an annotation with an address":   {policy: annotated(`{"$ref": "SERVER/x.json"}`), said: "remote reference loading disabled"},
		"an annotation of a known schema": {policy: annotated(`{"$ref": "http://json-schema.org/draft-07/schema#"}`), value: "true"},
		"an annotation of its own":        {policy: annotated(`{"definitions": {"a": {"type": "object"}}, "$ref": "#/definitions/a"}`), value: "true"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBait(t)
			policy := "package p\n\n" + tc.policy + "\n"
			value, said := b.try(t, policy, map[string]any{})
			b.tryOtherwise(t, policy, map[string]any{})
			if tc.said != "" {
				if value != nil || !strings.Contains(said, tc.said) {
					t.Errorf("want an error with %s\nfound %v\n%s", tc.said, value, said)
				}
				return
			}
			if got := text(t, value); got != b.fill(fmt.Sprint(tc.value)) || said != "" {
				t.Errorf("want %v, found %s\n%s", tc.value, got, said)
			}
		})
	}
}

// annotated is a rule with a schema for its input.
func annotated(schema string) string {
	return "# METADATA\n# scope: rule\n# schemas:\n#   - input: " + schema + "\nanswer if is_object(input)"
}

// TestBuiltinsReachNothing calls every builtin that there is with what would
// lead to the bait.
func TestBuiltinsReachNothing(t *testing.T) {
	b := newBait(t)
	values := []any{
		b.file, "file://" + b.file, b.server, b.variable, "$" + b.variable, "../../../../../../../.." + b.file,
		[]any{0, b.file}, []any{b.file}, map[string]any{"$ref": "file://" + b.file}, `{"$ref": "file://` + b.file + `"}`,
		map[string]any{"url": b.server, "method": "get"}, map[string]any{"cert": b.file, "file": b.file},
	}
	for _, builtin := range capabilities(ast.RegoV1).Builtins {
		t.Run(builtin.Name, func(t *testing.T) {
			arguments := make([]string, builtin.Decl.Arity())
			for i := range arguments {
				arguments[i] = fmt.Sprintf("input[%s]", string(rune('i'+i%2)))
			}
			call := builtin.Name + "(" + strings.Join(arguments, ", ") + ")"
			policy := "package p\n\nanswer contains [i, j, x] if {\n\tsome i, _ in input\n\tsome j, _ in input\n\tx := " + call + "\n}\n"
			b.try(t, policy, values)
		})
	}
}

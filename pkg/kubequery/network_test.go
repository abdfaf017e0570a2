package kubequery

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// site is a server that policies may, or may not, reach. It redirects where the
// query says so, and keeps what it was asked.
type site struct {
	*httptest.Server
	asked []*http.Request
}

func newSite(t *testing.T, start func(http.Handler) *httptest.Server) *site {
	t.Helper()
	s := &site{}
	s.Server = start(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked = append(s.asked, r)
		if to := r.URL.Query().Get("to"); to != "" {
			http.Redirect(w, r, to, http.StatusFound)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprint(w, `{"answer": 42}`)
	}))
	t.Cleanup(s.Close)
	return s
}

// at is the address of the site by another name of this machine.
func (s *site) at(name string) string {
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	return "http://" + net.JoinHostPort(name, port)
}

// reach evaluates an expression that may reach hosts.
func reach(t *testing.T, expr string, allowed ...string) (string, error) {
	t.Helper()
	o := Options{Expr: expr}
	for _, name := range allowed {
		host, err := ParseHost(name)
		if err != nil {
			t.Fatal(err)
		}
		o.AllowNet = append(o.AllowNet, host)
	}
	result, err := Evaluate(t.Context(), newFake(nil), o)
	if err != nil || len(result.Rows) == 0 {
		return "", err
	}
	return text(t, result.Rows[0].Expressions[0].Value), nil
}

func TestAllowedHost(t *testing.T) {
	s := newSite(t, httptest.NewServer)
	address := s.Listener.Addr().String()
	for expr, allowed := range map[string]string{
		`http.send({"method": "get", "url": "http://` + address + `"}).body.answer`:                                     "127.0.0.1",
		`http.send({"method": "get", "url": "http://` + address + `/x"}).body.answer`:                                   address,
		`http.send({"method": "get", "url": "` + s.at("localhost") + `"}).body.answer`:                                  "localhost",
		`http.send({"method": "get", "url": "` + s.at("LOCALHOST") + `"}).body.answer`:                                  "localhost",
		`http.send({"method": "get", "url": "http://` + address + `?to=/x", "enable_redirect": true}).body.answer`:      "127.0.0.1",
		`http.send({"method": "get", "url": "http://` + address + `", "headers": {"host": "127.0.0.1:1"}}).body.answer`: "127.0.0.1",
		`{http.send({"method": "get", "url": "http://` + address + `"}).body.answer | true}[_]`:                         "127.0.0.1",
		`max({http.send({"method": "get", "url": "http://` + address + `"}).body.answer, 1})`:                           "127.0.0.1",
	} {
		t.Run(expr, func(t *testing.T) {
			got, err := reach(t, expr, allowed)
			if err != nil || got != "42" {
				t.Error(got, err)
			}
		})
	}
	for _, request := range s.asked {
		if request.Header.Get("Authorization") != "" {
			t.Error("credentials are sent")
		}
	}
}

// TestNoProxy shows that neither the environment nor what OPA sets up leads a
// request to a proxy: that would reach whatever it likes.
func TestNoProxy(t *testing.T) {
	asked := http.DefaultTransport.(*http.Transport).Clone()
	asked.TLSClientConfig = &tls.Config{ServerName: "kept"}
	transport := direct(asked)
	if transport.Proxy != nil || direct(nil).Proxy != nil {
		t.Error("want no proxy")
	}
	if transport.TLSClientConfig.ServerName != "kept" {
		t.Error("want the TLS settings to be kept")
	}
}

func TestIPv6Host(t *testing.T) {
	s := newSite(t, func(handler http.Handler) *httptest.Server {
		listener, err := net.Listen("tcp6", "[::1]:0")
		if err != nil {
			t.Skip("this machine has no IPv6")
		}
		server := httptest.NewUnstartedServer(handler)
		server.Listener = listener
		server.Start()
		return server
	})
	expr := `http.send({"method": "get", "url": "` + s.at("::1") + `"}).body.answer`
	if got, err := reach(t, expr, "::1"); err != nil || got != "42" {
		t.Error(got, err)
	}
	if _, err := reach(t, expr, "::2"); err == nil || !strings.Contains(err.Error(), "is no host that policies may reach") {
		t.Errorf("want it refused, found %v", err)
	}
	if len(s.asked) != 1 {
		t.Errorf("want one request, found %d", len(s.asked))
	}
}

// TestForbiddenHost shows that what is not allowed ends the evaluation, even
// where the policy asks for errors as values, and that nothing is sent.
func TestForbiddenHost(t *testing.T) {
	allowed, forbidden := newSite(t, httptest.NewServer), newSite(t, httptest.NewServer)
	socket := filepath.Join(t.TempDir(), "socket")
	behind := newSite(t, func(handler http.Handler) *httptest.Server {
		listener, err := net.Listen("unix", socket)
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewUnstartedServer(handler)
		server.Listener = listener
		server.Start()
		return server
	})
	there := "http://" + allowed.Listener.Addr().String()
	const no = " is no host that policies may reach"
	for request, want := range map[string]string{
		`"url": "` + forbidden.at("localhost") + `"`:                                                            `"` + strings.TrimPrefix(forbidden.at("localhost"), "http://") + `"` + no,
		`"url": "` + forbidden.at("127.0.0.1") + `"`:                                                            `"` + strings.TrimPrefix(forbidden.at("127.0.0.1"), "http://") + `"` + no,
		`"url": "\"` + forbidden.at("127.0.0.1") + `"`:                                                          `"` + strings.TrimPrefix(forbidden.at("127.0.0.1"), "http://") + `"` + no,
		`"url": "` + there + `?to=` + url.QueryEscape(forbidden.at("localhost")) + `", "enable_redirect": true`: "following a redirect: ",
		`"url": "unix://127.0.0.1/?socket=` + url.QueryEscape(socket) + `"`:                                     `a policy may ask by http and https, not by "unix"`,
		`"url": "` + there + `?to=` + url.QueryEscape("file:///etc/hosts") + `", "enable_redirect": true`:       `following a redirect: a policy may ask by http and https, not by "file"`,
		`"url": "` + there + `", "headers": {"HOST": "evil.example:80"}`:                                        `"evil.example"` + no,
		`"url": "` + there + `", "headers": {"Host": "[::1]"}`:                                                  `"::1"` + no,
		`"url": "` + there + `", "tls_server_name": "evil.example"`:                                             `"evil.example"` + no,
		`"url": "http://a b/"`: `reading the url: parse "http://a b/": invalid character " " in host name`,
	} {
		t.Run(request, func(t *testing.T) {
			for _, raise := range []string{"true", "false"} {
				expr := `not http.send({"method": "get", "raise_error": ` + raise + `, ` + request + `})`
				_, err := reach(t, expr, allowed.Listener.Addr().String())
				if err == nil || !strings.HasPrefix(err.Error(), "expression:1:1: calling http.send: ") || !strings.Contains(err.Error(), want) {
					t.Errorf("want an error with %s\nfound %v", want, err)
				}
			}
		})
	}
	if len(forbidden.asked)+len(behind.asked) > 0 {
		t.Errorf("want nothing sent, found %v %v", forbidden.asked, behind.asked)
	}
	if len(allowed.asked) != 4 {
		t.Errorf("want the requests that are redirected, found %v", allowed.asked)
	}
}

// TestMachineIsHidden shows that no option of http.send reads files or the
// environment, whatever its value.
func TestMachineIsHidden(t *testing.T) {
	s := newSite(t, httptest.NewServer)
	t.Setenv("A_SECRET", "of the user")
	for _, option := range []string{
		"tls_ca_cert_file", "tls_ca_cert_env_variable", "tls_client_cert_file", "tls_client_cert_env_variable",
		"tls_client_key_file", "tls_client_key_env_variable",
	} {
		for _, value := range []string{`"A_SECRET"`, `"/etc/hosts"`, `""`, `7`} {
			expr := `http.send({"method": "get", "url": "` + s.URL + `", "raise_error": false, "` + option + `": ` + value + `})`
			_, err := reach(t, expr, "127.0.0.1")
			want := "calling http.send: " + option + " is switched off: a policy sees neither files nor the environment"
			if err == nil || err.Error() != "expression:1:1: "+want {
				t.Errorf("want an error with %s\nfound %v", want, err)
			}
		}
	}
	if len(s.asked) > 0 {
		t.Errorf("want nothing sent, found %v", s.asked)
	}
	// A request that makes no sense is OPA's to judge: it is undefined.
	if got, err := reach(t, `http.send({"nothing": 1})`, "127.0.0.1"); err != nil || got != "" {
		t.Error(got, err)
	}
}

// TestTLS shows that the settings that a policy may make are kept.
func TestTLS(t *testing.T) {
	s := newSite(t, httptest.NewTLSServer)
	s.Config.ErrorLog = nil
	expr := `http.send({"method": "get", "url": "` + s.URL + `", "tls_insecure_skip_verify": true}).body.answer`
	if got, err := reach(t, expr, "127.0.0.1"); err != nil || got != "42" {
		t.Error(got, err)
	}
}

func TestLookup(t *testing.T) {
	if got, err := reach(t, `net.lookup_ip_addr("127.0.0.1")`, "127.0.0.1:1"); err != nil || got != `["127.0.0.1"]` {
		t.Error(got, err)
	}
	_, err := reach(t, `net.lookup_ip_addr("127.0.0.2")`, "127.0.0.1")
	if err == nil || err.Error() != `expression:1:1: calling net.lookup_ip_addr: "127.0.0.2" is no host that policies may reach` {
		t.Error(err)
	}
	if next := advice.Next(err); !cmp.Equal(next, []string{"where policies may reach it, name it with --allow-net"}) {
		t.Error(next)
	}
}

// TestCallsAreLed shows that the builtins are found wherever a policy names
// them, that its own names go before, and that errors speak of them as the
// policy does.
func TestCallsAreLed(t *testing.T) {
	s := newSite(t, httptest.NewServer)
	const head = "package p\n\nimport data.other.http as theirs\n\nask := {\"method\": \"get\", \"url\": \"URL\"}\n\n"
	for name, tc := range map[string]struct{ rule, want, err string }{
		"call":            {rule: `answer := http.send(ask).body.answer`, want: "42"},
		"nested":          {rule: `answer := [x | x := {"a": http.send(ask).body.answer}.a][0]`, want: "42"},
		"in a reference":  {rule: `answer := [42, 7][http.send(ask).body.answer - 42]`, want: "42"},
		"every":           {rule: `answer := 42 if { every x in [1] { http.send(ask).status_code == 200 * x } }`, want: "42"},
		"function":        {rule: "f(x) := http.send(x).body.answer\n\nanswer := f(ask)", want: "42"},
		"else":            {rule: "answer := 1 if { false } else := http.send(ask).body.answer", want: "42"},
		"template":        {rule: "answer := to_number($\"{http.send(ask).body.answer}\")", want: "42"},
		"mocked":          {rule: "mock(_) := {\"answer\": 7}\n\nq := http.send(ask).answer\n\nanswer := x if { x := q with http.send as mock }", want: "7"},
		"mocked by value": {rule: "q := http.send(ask)\n\nanswer := x if { x := q with http.send as 7 }", want: "7"},
		"as a mock":       {rule: "f(x) := x\n\nq := f(ask).body.answer\n\nanswer := x if { x := q with f as http.send }", want: "42"},
		"own name":        {rule: "answer := theirs.send(7)", want: "7"},
		"wrong arity":     {rule: "answer := http.send(ask, 1, 2)", err: "compiling: p.rego:7:11: rego_type_error: http.send: arity mismatch"},
		"wrong type":      {rule: "answer := http.send(7)", err: "compiling: p.rego:7:11: rego_type_error: http.send: invalid argument(s)"},
	} {
		t.Run(name, func(t *testing.T) {
			result, err := Evaluate(t.Context(), newFake(nil), Options{
				Expr: "data.p.answer", Paths: []string{"p.rego", "other.rego"}, AllowNet: []Host{{name: "127.0.0.1"}},
				FS: fstest.MapFS{
					"p.rego":     {Data: []byte(strings.ReplaceAll(head, "URL", s.URL) + tc.rule + "\n")},
					"other.rego": {Data: []byte("package other.http\n\nsend(x) := x\n")},
				},
			})
			if tc.err != "" {
				if err == nil || !strings.HasPrefix(err.Error(), tc.err) {
					t.Errorf("want an error with %s\nfound %v", tc.err, err)
				}
				return
			}
			if err != nil || len(result.Rows) == 0 || text(t, result.Rows[0].Expressions[0].Value) != tc.want {
				t.Errorf("want %s, found %v, %v", tc.want, result.Rows, err)
			}
		})
	}
}

// TestStrictBuiltinErrors shows that a failure of a builtin is undefined, as in
// OPA, or an error where that is asked for.
func TestStrictBuiltinErrors(t *testing.T) {
	s := newSite(t, httptest.NewServer)
	s.Close()
	o := Options{Expr: `http.send({"method": "get", "url": "` + s.URL + `"})`, AllowNet: []Host{{name: "127.0.0.1"}}}
	if result, err := Evaluate(t.Context(), newFake(nil), o); err != nil || len(result.Rows) > 0 {
		t.Errorf("want undefined, found %v, %v", result, err)
	}
	o.StrictBuiltinErrors = true
	_, err := Evaluate(t.Context(), newFake(nil), o)
	if err == nil || !strings.HasPrefix(err.Error(), "evaluating: expression:1:1: eval_builtin_error: http.send: Get \""+s.URL+"\": dial tcp ") {
		t.Error(err)
	}
}

// TestNetworkIsNotRegistered shows that OPA's own tables stay as they are.
func TestNetworkIsNotRegistered(t *testing.T) {
	if _, err := reach(t, `net.lookup_ip_addr("127.0.0.1")`, "127.0.0.1"); err != nil {
		t.Fatal(err)
	}
	for _, builtin := range reachOut {
		name := builtinPrefix + builtin.Name
		if ast.BuiltinMap[name] != nil || topdown.GetBuiltin(name) != nil {
			t.Errorf("%s is registered", name)
		}
	}
	if _, err := reach(t, `kubectl_opa.net.lookup_ip_addr("127.0.0.1")`); err == nil {
		t.Error("want no such builtin without hosts")
	}
}

package deployed

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestServer shows where requests go and whose certificates count.
func TestServer(t *testing.T) {
	const file = `{"tls_ca_cert_file":"/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"}`
	l := newLibrary(t, few(), nil)
	query := l.prepare(t, "[data.kubernetes.api.client._server(input), json.marshal(data.kubernetes.api.client._trust(input))]")
	for _, tc := range []struct {
		env           map[string]string
		server, trust string
	}{
		{map[string]string{}, "https://kubernetes.default.svc", file},
		{map[string]string{"KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443"}, "https://10.0.0.1:443", file},
		{map[string]string{"KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "6443"}, "https://[fd00::1]:6443", file},
		{map[string]string{"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, "https://kubernetes.default.svc", file},
		{map[string]string{"KUBERNETES_SERVICE_PORT": "443", "KUBERNETES_API_SERVER": " \n"}, "https://kubernetes.default.svc", file},
		{
			map[string]string{"KUBERNETES_API_SERVER": "https://host:6443/\n", "KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443"},
			"https://host:6443", file,
		},
		{map[string]string{"KUBERNETES_API_SERVER": "https://host/k8s/clusters/c-1/", "KUBERNETES_API_CA": ""}, "https://host/k8s/clusters/c-1", file},
		{map[string]string{"KUBERNETES_API_SERVER": "https://host", "KUBERNETES_API_CA": "PEM\n"}, "https://host", `{"tls_ca_cert":"PEM"}`},
		{map[string]string{"KUBERNETES_API_SERVER": "http://127.0.0.1:8001", "KUBERNETES_API_CA": "PEM"}, "http://127.0.0.1:8001", `{}`},
	} {
		if diff := cmp.Diff([]any{tc.server, tc.trust}, evaluate(t, query, tc.env)); diff != "" {
			t.Errorf("%v: %s", tc.env, diff)
		}
	}
}

// TestBase shows that the path of a server's URL stays, and a token's line end
// does not.
func TestBase(t *testing.T) {
	server := newRecorder(t, 200, `{"items": []}`)
	env := map[string]string{"KUBERNETES_API_SERVER": server.URL + "/k8s/c-1/", "KUBERNETES_API_TOKEN": "\n the-token \n"}
	newLibrary(t, few(), env).eval(t, `data.kubernetes.api.client.query_ns("deployments", "a")`, nil)
	want := []sent{{
		Method: http.MethodGet, Authorization: "Bearer the-token", Parameters: map[string][]string{},
		Segments: []string{"", "k8s", "c-1", "apis", "apps", "v1", "namespaces", "a", "deployments"},
	}}
	if diff := cmp.Diff(want, server.take()); diff != "" {
		t.Error(diff)
	}
}

// TestNoAnswer shows that what cannot be asked is neither an empty answer nor
// undefined, and that the error tells no token.
func TestNoAnswer(t *testing.T) {
	trusted := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"items": []}`) }))
	trusted.Config.ErrorLog = log.New(io.Discard, "", 0) // of handshakes
	t.Cleanup(trusted.Close)
	ca := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: trusted.Certificate().Raw}))
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	for name, tc := range map[string]struct{ server, ca, token, want string }{
		"trusted":           {trusted.URL, ca, "the-token", ""},
		"no such authority": {trusted.URL, "PEM", "the-token", "could not append certificates"},
		"no authority":      {trusted.URL, "", "the-token", "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt: no such file or directory"},
		"no server":         {closed.URL, "", "the-token", "connect: connection refused"},
		"no URL":            {"https://a b", ca, "the-token", "invalid character"},
		"no token":          {trusted.URL, ca, " \n", "the environment has no KUBERNETES_API_TOKEN"},
		"no header":         {trusted.URL, ca, "the-token\nHost: a", "invalid header field value"},
	} {
		t.Run(name, func(t *testing.T) {
			env := map[string]string{"KUBERNETES_API_SERVER": tc.server, "KUBERNETES_API_CA": tc.ca, "KUBERNETES_API_TOKEN": tc.token}
			result, _ := newLibrary(t, few(), env).eval(t, `data.kubernetes.api.client.query_all("pods")`, nil).(map[string]any)
			if tc.want == "" {
				if result["status_code"] != json.Number("200") {
					t.Errorf("found %v", result)
				}
				return
			}
			text, _ := result["error"].(string)
			if len(result) != 2 || result["status_code"] != json.Number("0") || !strings.Contains(text, tc.want) {
				t.Errorf("want %q, found %v", tc.want, result)
			}
			if strings.Contains(text, "the-token") {
				t.Errorf("the error tells the token: %s", text)
			}
		})
	}
}

// TestNothingToSee shows that who may read the documents of an OPA, but may not
// evaluate what they like, learns nothing of its environment.
func TestNothingToSee(t *testing.T) {
	l := newLibrary(t, few(), map[string]string{"KUBERNETES_API_TOKEN": "the-token", "KUBERNETES_API_CA": "the-ca"})
	document := l.eval(t, "data.kubernetes.api", nil)
	if strings.Contains(fmt.Sprint(document), "the-") {
		t.Errorf("the document tells the environment: %v", document)
	}
	client, _ := document.(map[string]any)["client"].(map[string]any)
	if len(client) != 0 {
		t.Errorf("the client has more than functions: %v", client)
	}
}

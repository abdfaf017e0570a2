package kube

import (
	"encoding/base64"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/rest"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// secret stands in every kubeconfig here, and must stand in no error.
const secret = "S3CRET"

// kubeconfig is one with this cluster and this user, both in YAML.
func kubeconfig(cluster, user string) string {
	return `{apiVersion: v1, kind: Config, current-context: c, contexts: [{name: c, context: {cluster: k, user: u}}], ` +
		`clusters: [{name: k, cluster: {` + cluster + `}}], users: [{name: u, user: {` + user + `}}]}`
}

// TestFromKubeconfigRefuses wants nothing of this machine to be run, read or
// told: whoever writes the Secret of a kubeconfig is another person.
func TestFromKubeconfigRefuses(t *testing.T) {
	const (
		sound   = "server: 'https://127.0.0.1:1'"
		itself  = ", and may have only what stands in the kubeconfig itself"
		address = `cluster "k" has a server or a proxy-url that is no address`
	)
	encoded := base64.StdEncoding.EncodeToString([]byte(secret))
	for name, tc := range map[string]struct{ text, want string }{
		"a program": {
			kubeconfig(sound, "token: S3CRET, exec: {apiVersion: client.authentication.k8s.io/v1, command: S3CRET, interactiveMode: Never}"),
			`user "u" runs a program` + itself,
		},
		"an auth provider": {kubeconfig(sound, "auth-provider: {name: oidc, config: {id-token: S3CRET}}"), `user "u" has an auth provider` + itself},
		"a file with a token": {
			kubeconfig(sound, "token: S3CRET, tokenFile: /S3CRET"), `user "u" names a file with a token` + itself,
		},
		"a file with a certificate": {kubeconfig(sound, "client-certificate: /S3CRET"), `user "u" names a file with credentials` + itself},
		"a file with a key":         {kubeconfig(sound, "client-key: /S3CRET"), `user "u" names a file with credentials` + itself},
		"a file beside data": {
			kubeconfig(sound, "client-certificate: /S3CRET, client-certificate-data: "+encoded), `user "u" names a file with credentials` + itself,
		},
		"a file with authorities": {
			kubeconfig(sound+", certificate-authority: /S3CRET", ""),
			`cluster "k" names a file with a certificate, which must stand in the kubeconfig itself`,
		},
		"a program of a user that is not in use": {
			strings.Replace(kubeconfig(sound, "token: S3CRET"), "users: [", "users: [{name: other, user: {exec: {apiVersion: v1, command: S3CRET}}}, ", 1),
			`user "other" runs a program` + itself,
		},
		"no YAML":                 {"a: [" + secret, "it cannot be parsed"},
		"a text":                  {secret, "it cannot be parsed"},
		"another kind":            {"{apiVersion: v1, kind: " + secret + "}", "it cannot be parsed"},
		"a token that is no text": {kubeconfig(sound, "token: [S3CRET]"), "it cannot be parsed"},
		"data that is not base64": {kubeconfig(sound+", certificate-authority-data: S3CRET!", ""), "it cannot be parsed"},
		"nothing":                 {"", "it names no cluster"},
		"no server":               {kubeconfig("", "token: S3CRET"), "it names no cluster"},
		"no context": {
			strings.Replace(kubeconfig(sound, "token: S3CRET"), "name: c,", "name: d,", 1),
			"invalid configuration: [context was not found for specified context: c, cluster has no server defined]",
		},
		"two ways in": {
			kubeconfig(sound, "token: S3CRET, username: a, password: S3CRET"),
			"invalid configuration: more than one authentication method found for u; found [token basicAuth], only one is allowed",
		},
		"authorities that are none": {kubeconfig(sound+", certificate-authority-data: "+encoded, ""), "unable to parse bytes as PEM block"},
		"a key that is none": {
			kubeconfig(sound, "client-certificate-data: "+encoded+", client-key-data: "+encoded),
			"tls: failed to find any PEM data in certificate input",
		},
		"an address with a password":     {kubeconfig("server: 'https://a:S3CRET@b:x y'", ""), address},
		"a proxy with a password":        {kubeconfig(sound+", proxy-url: 'http://a:S3CRET@b:x y'", ""), address},
		"a proxy of another kind":        {kubeconfig(sound+", proxy-url: 'ftp://a:S3CRET@b'", ""), address},
		"an address that is only a path": {kubeconfig("server: 'a/S3CRET'", ""), address},
	} {
		t.Run(name, func(t *testing.T) {
			client, err := FromKubeconfig([]byte(tc.text), Other{Name: `seed "x"`})
			if client != nil || !errors.Is(err, ErrKubeconfig) {
				t.Fatalf("found %v, %v", client, err)
			}
			if diff := cmp.Diff("unusable kubeconfig: "+tc.want, err.Error()); diff != "" {
				t.Error(diff)
			}
			if next := advice.Next(err); len(next) > 0 || strings.Contains(err.Error(), encoded) {
				t.Errorf("%v, next %q: the advice is for whoever knows the Secret", err, next)
			}
		})
	}
}

// authorities are a server's own, as a kubeconfig has them.
func authorities(server *httptest.Server) string {
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	return "certificate-authority-data: " + base64.StdEncoding.EncodeToString(text)
}

func TestFromKubeconfig(t *testing.T) {
	authorization := ""
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		authorization = r.Header.Get("Authorization")
		_, _ = io.WriteString(w, `{"groups": [{"name": "apps"}, {"name": "templates.gatekeeper.sh"}]}`)
	}))
	t.Cleanup(server.Close)
	for name, tc := range map[string]struct {
		timeout, want time.Duration
		wrapped       bool
	}{
		"as it is":             {0, 20 * time.Second, true},
		"as long as one likes": {time.Hour, time.Hour, true},
		"unobserved":           {time.Hour, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			authorization = ""
			other, timeout := Other{Timeout: tc.timeout}, time.Duration(0)
			if tc.wrapped {
				other.Wrap = func(config *rest.Config) *rest.Config {
					timeout = config.Timeout
					return config
				}
			}
			client, err := FromKubeconfig([]byte(kubeconfig("server: '"+server.URL+"', "+authorities(server), "token: S3CRET")), other)
			if err != nil {
				t.Fatal(err)
			}
			if authorization != "" {
				t.Error("making a client has sent a request")
			}
			groups, err := client.Groups(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"apps", "templates.gatekeeper.sh"}, groups); diff != "" {
				t.Error(diff)
			}
			if authorization != "Bearer "+secret || timeout != tc.want || client.Server() != server.URL {
				t.Errorf("%q after %s from %s", authorization, timeout, client.Server())
			}
		})
	}
}

// TestFromKubeconfigFails wants errors to name the cluster, and to say what
// helps where the kubeconfig is not the user's own.
func TestFromKubeconfigFails(t *testing.T) {
	status := func(code int, reason, message string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(code)
			_, _ = io.WriteString(w, `{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "`+reason+`", "message": "`+message+`"}`)
		}
	}
	const asking = `user cluster "x": asking which APIs are served: `
	for name, tc := range map[string]struct {
		answer  http.HandlerFunc
		timeout time.Duration
		is      error
		// want has @ for the server.
		want string
		next []string
	}{
		"unreachable": {
			nil, 0, ErrUnreachable, asking + "cannot reach the server @: connection refused",
			[]string{"check that it runs, and that it can be reached from here: its kubeconfig is the one that KKP keeps in a Secret"},
		},
		"out of date": {
			status(http.StatusUnauthorized, "Unauthorized", "Unauthorized"), 0, nil, asking + "@ does not accept these credentials: Unauthorized",
			[]string{"the kubeconfig that KKP keeps for this cluster is out of date: see its Secret"},
		},
		"too few rights": {
			status(http.StatusForbidden, "Forbidden", `forbidden: User \"u\" cannot get path \"/apis\"`), 0, ErrForbidden,
			asking + `forbidden: User "u" cannot get path "/apis"`,
			[]string{"the kubeconfig that KKP keeps for this cluster has too few rights: see its Secret"},
		},
		"broken": {status(http.StatusInternalServerError, "InternalError", "broken"), 0, nil, asking + "broken", nil},
		"no answer": {
			func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, 50 * time.Millisecond, ErrUnreachable,
			asking + "cannot reach the server @: no answer in time",
			[]string{"check that it runs and can be reached from here, or wait longer with --request-timeout"},
		},
		"no JSON":    {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }, 0, nil, asking + "reading /apis: invalid character '<' looking for beginning of value", nil},
		"not served": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }, 0, ErrNotFound, asking + "the server could not find the requested resource", nil},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(tc.answer)
			t.Cleanup(server.Close)
			if tc.answer == nil {
				server.Close()
			}
			// A password in the address is one more thing that nobody may read.
			address := strings.Replace(server.URL, "://", "://a:S3CRET@", 1)
			client, err := FromKubeconfig([]byte(kubeconfig("server: '"+address+"'", "token: S3CRET")), Other{Name: `user cluster "x"`, Timeout: tc.timeout})
			if err != nil {
				t.Fatal(err)
			}
			_, err = client.Groups(t.Context())
			if err == nil || strings.Contains(err.Error(), secret) {
				t.Fatalf("found %v", err)
			}
			want := strings.Replace(tc.want, "@", strings.Replace(server.URL, "://", "://a:xxxxx@", 1), 1)
			if diff := cmp.Diff(want, err.Error()); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(append([]string{}, tc.next...), advice.Next(err)); diff != "" {
				t.Error(diff)
			}
			if tc.is != nil && !errors.Is(err, tc.is) {
				t.Errorf("want %v, found %#v", tc.is, err)
			}
		})
	}
}

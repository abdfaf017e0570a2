package main

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// fakeAPI is a server with one ConfigMap that remembers who asked, and how. It
// speaks TLS, under the name api.example.com.
type fakeAPI struct {
	*httptest.Server
	// authority signed the server's certificate, and signs those of clients.
	authority *authority

	mu   sync.Mutex
	sent []sent
	// refuse makes the answer 401; nil refuses nobody.
	refuse func(sent) bool
	// moved makes the answer a redirect; "" does not.
	moved string
}

// sent is what the server sees of a request.
type sent struct {
	path string
	// authorization is the header; user, uid, groups and extra are who to act as.
	authorization, user, uid string
	groups, extra            []string
	// certificate is the name in the client's; server is the one that it asks for.
	certificate, server string
}

const listPath = "/api/v1/configmaps?limit=500"

func newFakeAPI(t *testing.T) *fakeAPI {
	t.Helper()
	f := &fakeAPI{authority: newAuthority(t)}
	f.Server = httptest.NewUnstartedServer(f)
	f.Config.ErrorLog = log.New(io.Discard, "", 0) // of clients that do not trust it
	clients := x509.NewCertPool()
	clients.AddCert(f.authority.certificate)
	f.TLS = &tls.Config{
		Certificates: []tls.Certificate{f.authority.issue(t, "server", "api.example.com").tls(t)},
		ClientAuth:   tls.VerifyClientCertIfGiven, ClientCAs: clients,
	}
	f.StartTLS()
	t.Cleanup(f.Close)
	return f
}

// ServeHTTP implements http.Handler.
func (f *fakeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	request := sent{
		path: r.URL.RequestURI(), authorization: r.Header.Get("Authorization"), server: r.TLS.ServerName,
		user: r.Header.Get("Impersonate-User"), uid: r.Header.Get("Impersonate-Uid"),
		groups: r.Header["Impersonate-Group"], extra: r.Header["Impersonate-Extra-Reason"],
	}
	if len(r.TLS.PeerCertificates) > 0 {
		request.certificate = r.TLS.PeerCertificates[0].Subject.CommonName
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sent = append(f.sent, request)
	body, found := map[string]string{
		"/api":                            `{"kind":"APIVersions","versions":["v1"]}`,
		"/apis":                           `{"kind":"APIGroupList","apiVersion":"v1","groups":[]}`,
		"/api/v1":                         `{"kind":"APIResourceList","groupVersion":"v1","resources":[{"name":"configmaps","singularName":"configmap","namespaced":true,"kind":"ConfigMap","verbs":["get","list"]}]}`,
		"/api/v1/configmaps":              `{"kind":"ConfigMapList","apiVersion":"v1","metadata":{},"items":[{"metadata":{"name":"one"}}]}`,
		"/api/v1/namespaces/x/configmaps": `{"kind":"ConfigMapList","apiVersion":"v1","metadata":{},"items":[]}`,
	}[r.URL.Path]
	switch {
	case f.moved != "":
		http.Redirect(w, r, f.moved+r.URL.Path, http.StatusFound)
	case f.refuse != nil && f.refuse(request):
		answerStatus(w, http.StatusUnauthorized, "Unauthorized")
	case !found:
		answerStatus(w, http.StatusNotFound, "NotFound")
	default:
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, body)
	}
}

func answerStatus(w http.ResponseWriter, code int, reason string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_, _ = io.WriteString(w, `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"`+reason+
		`","reason":"`+reason+`","code":`+strconv.Itoa(code)+`}`)
}

// lists are the requests for ConfigMaps so far.
func (f *fakeAPI) lists() []sent {
	f.mu.Lock()
	defer f.mu.Unlock()
	lists := []sent{}
	for _, request := range f.sent {
		if strings.Contains(request.path, "/configmaps") {
			lists = append(lists, request)
		}
	}
	return lists
}

// kubeconfig writes one that leads to the server, trusts it, and has no
// credentials. change makes it another one.
func (f *fakeAPI) kubeconfig(t *testing.T, change func(*clientcmdapi.Cluster, *clientcmdapi.AuthInfo)) string {
	t.Helper()
	cluster := &clientcmdapi.Cluster{Server: f.URL, CertificateAuthorityData: f.authority.pem, TLSServerName: "api.example.com"}
	user := &clientcmdapi.AuthInfo{}
	if change != nil {
		change(cluster, user)
	}
	config := clientcmdapi.NewConfig()
	config.Clusters["c"], config.AuthInfos["u"] = cluster, user
	config.Contexts["x"], config.CurrentContext = &clientcmdapi.Context{Cluster: "c", AuthInfo: "u"}, "x"
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		t.Fatal(err)
	}
	return path
}

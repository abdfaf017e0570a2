package main

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// proxyKey finds the traffic of a script among its values.
type proxyKey struct{}

// proxy puts a proxy between the commands that follow and the API server: they
// get a kubeconfig with it, and no credentials but the proxy's, an
// administrator's. --as works. A second call only forgets what was counted.
func proxy(ts *testscript.TestScript, neg bool, args []string) {
	traffic, scripted := ts.Value(proxyKey{}).(*traffic)
	if neg || len(args) != 0 || !scripted {
		ts.Fatalf("usage, where there is a cluster: proxy")
	}
	if traffic.server == nil {
		ts.Check(startProxy(traffic, ts.Getenv("KUBECONFIG"), filepath.Join(ts.Getenv("WORK"), ".proxy", "kubeconfig")))
		ts.Defer(traffic.stop)
	}
	ts.Setenv("KUBECONFIG", traffic.kubeconfig)
	ts.Setenv("SERVER", traffic.server.URL)
	traffic.take()
}

// writes asserts how many requests have written since the last writes or
// proxy, and, where a second number is given, how many dry runs there were:
// writes 0, writes 0 1.
func writes(ts *testscript.TestScript, neg bool, args []string) {
	traffic, scripted := ts.Value(proxyKey{}).(*traffic)
	if neg || len(args) < 1 || len(args) > 2 || !scripted || traffic.server == nil {
		ts.Fatalf("usage, after proxy: writes COUNT [DRY-RUNS]")
	}
	written, dryRuns := traffic.take()
	for i, got := range [][]string{written, dryRuns}[:len(args)] {
		want, err := strconv.Atoi(args[i])
		ts.Check(err)
		ts.Check(differs([]string{"write requests", "dry runs"}[i], want, got))
	}
}

// written puts what writes would count into a file, in the order in which it
// came, METHOD and path a line: written FILE. Dry runs are left out.
func written(ts *testscript.TestScript, neg bool, args []string) {
	traffic, scripted := ts.Value(proxyKey{}).(*traffic)
	if neg || len(args) != 1 || !scripted || traffic.server == nil {
		ts.Fatalf("usage, after proxy: written FILE")
	}
	lines, _ := traffic.take()
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Join(append(lines, ""), "\n")), 0o600))
}

// startProxy starts the proxy in front of the API server of one kubeconfig and
// writes the other. It speaks no TLS: then no client wants credentials.
func startProxy(traffic *traffic, from, to string) error {
	server, err := inFront(from, to, traffic.count)
	traffic.kubeconfig, traffic.server = to, server
	return err
}

// inFront starts a server in front of the API server of one kubeconfig and
// writes the other. wrap gets the handler that passes requests on.
func inFront(from, to string, wrap func(http.Handler) http.Handler) (*httptest.Server, error) {
	loader := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(
		&clientcmd.ClientConfigLoadingRules{ExplicitPath: from}, nil)
	config, err := loader.ClientConfig()
	if err != nil {
		return nil, err
	}
	transport, err := rest.TransportFor(config)
	if err != nil {
		return nil, err
	}
	target, err := url.Parse(config.Host)
	if err != nil {
		return nil, err
	}
	kubeconfig, err := loader.RawConfig()
	if err != nil {
		return nil, err
	}
	server := httptest.NewUnstartedServer(wrap(forward(target, transport)))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of clients that went away
	server.Start()
	redirect(&kubeconfig, server)
	return server, clientcmd.WriteToFile(kubeconfig, to)
}

// forward passes requests on, and what a watch gets at once.
func forward(target *url.URL, transport http.RoundTripper) http.Handler {
	return &httputil.ReverseProxy{
		Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport:     transport,
		FlushInterval: -1,
		ErrorLog:      log.New(io.Discard, "", 0), // of clients that went away
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, "proxy of the test: "+err.Error(), http.StatusBadGateway)
		},
	}
}

// redirect leads the current context to the proxy, as nobody.
func redirect(kubeconfig *clientcmdapi.Config, server *httptest.Server) {
	context := kubeconfig.Contexts[kubeconfig.CurrentContext]
	kubeconfig.Clusters[context.Cluster] = &clientcmdapi.Cluster{Server: server.URL}
	kubeconfig.AuthInfos[context.AuthInfo] = &clientcmdapi.AuthInfo{}
}

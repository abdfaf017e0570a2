package main

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// tunnel is a proxy that knows one host, which nobody else does.
type tunnel struct {
	*httptest.Server
	host, address string

	mu sync.Mutex
	// asked are the hosts that it was asked for, and with which credentials.
	asked []string
}

func newTunnel(t *testing.T, host, address string) *tunnel {
	t.Helper()
	p := &tunnel{host: host, address: address}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

// ServeHTTP implements http.Handler.
func (p *tunnel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.asked = append(p.asked, strings.TrimSpace(r.Method+" "+r.Host+" "+r.Header.Get("Proxy-Authorization")))
	p.mu.Unlock()
	if r.Method != http.MethodConnect || r.Host != p.host {
		http.Error(w, "no such host", http.StatusBadGateway)
		return
	}
	server, err := net.Dial("tcp", p.address)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer server.Close()
	w.WriteHeader(http.StatusOK)
	client, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer client.Close()
	go func() {
		_, _ = io.Copy(server, buffered)
		_ = server.(*net.TCPConn).CloseWrite()
	}()
	_, _ = io.Copy(client, server)
}

// program is the plugin as a file that can be run.
func program(t *testing.T) string {
	t.Helper()
	if *plugin != "" {
		return filepath.Join(*plugin, "kubectl-opa")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "kubectl-opa")
	if err := os.Symlink(self, link); err != nil {
		t.Fatal(err)
	}
	return link
}

// run runs the plugin as a process of its own, with these variables and no
// others.
func run(t *testing.T, variables []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	command := exec.CommandContext(t.Context(), program(t), args...)
	command.Env = append([]string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH"), "NO_COLOR=1"}, variables...)
	command.Stdout, command.Stderr = &out, &errs
	err := command.Run()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	return command.ProcessState.ExitCode(), out.String(), errs.String()
}

// TestProxies shows that a host which only a proxy knows is reached through
// it, and that nothing else of the proxy's is shown.
func TestProxies(t *testing.T) {
	const host = "api.example.com:6443"
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("somebody:secret"))
	for name, tc := range map[string]struct {
		proxyURL  func(address string) string
		variables func(address string) []string
		server    string
		asked     []string
		err       string
	}{
		"HTTPS_PROXY": {
			variables: func(address string) []string { return []string{"HTTPS_PROXY=http://" + address} },
			asked:     []string{"CONNECT " + host},
		},
		"https_proxy, with a password": {
			variables: func(address string) []string { return []string{"https_proxy=http://somebody:secret@" + address} },
			asked:     []string{"CONNECT " + host + " " + basic},
		},
		"proxy-url": {
			proxyURL: func(address string) string { return "http://" + address },
			asked:    []string{"CONNECT " + host},
		},
		"proxy-url goes before HTTPS_PROXY": {
			proxyURL:  func(address string) string { return "http://somebody:secret@" + address },
			variables: func(string) []string { return []string{"HTTPS_PROXY=http://127.0.0.1:1"} },
			asked:     []string{"CONNECT " + host + " " + basic},
		},
		"proxy that does not know the host": {
			proxyURL: func(address string) string { return "http://somebody:secret@" + address },
			server:   "https://other.example.com:6443",
			asked:    []string{"CONNECT other.example.com:6443 " + basic},
			err: `error: expression:1:36: calling query_all: asking which resources are served: cannot reach the server https://other.example.com:6443: Bad Gateway
  → check that the cluster runs and that --context and --kubeconfig name the right one
`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFakeAPI(t)
			p := newTunnel(t, host, f.Listener.Addr().String())
			address := p.Listener.Addr().String()
			kubeconfig := f.kubeconfig(t, func(cluster *clientcmdapi.Cluster, _ *clientcmdapi.AuthInfo) {
				cluster.Server, cluster.TLSServerName = "https://"+host, ""
				if tc.server != "" {
					cluster.Server = tc.server
				}
				if tc.proxyURL != nil {
					cluster.ProxyURL = tc.proxyURL(address)
				}
			})
			variables := []string{}
			if tc.variables != nil {
				variables = tc.variables(address)
			}
			code, stdout, stderr := run(t, variables, "query", names, "--format", "raw", "--kubeconfig", kubeconfig)
			if diff := cmp.Diff(tc.err, stderr); diff != "" {
				t.Error(diff)
			}
			if tc.err == "" && (code != 0 || stdout != "[\"one\"]\n" || len(f.lists()) != 1) || tc.err != "" && (code != 2 || stdout != "") {
				t.Errorf("exit code %d\n%s%q", code, stdout, f.lists())
			}
			p.mu.Lock()
			defer p.mu.Unlock()
			// Discovery and queries have connections of their own.
			if diff := cmp.Diff(tc.asked, slices.Compact(p.asked)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

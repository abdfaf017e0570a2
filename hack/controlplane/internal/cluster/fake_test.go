package cluster

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The test binary, called by the name of a component, plays it: enough of it for a control plane to start.
var fakes = map[string]func(flags map[string]string) error{
	"etcd":                    fakeEtcd,
	"kube-apiserver":          fakeAPIServer,
	"kube-controller-manager": func(map[string]string) error { select {} },
	"server":                  fakeServer,
	"broken":                  func(map[string]string) error { return fmt.Errorf("this component is broken") },
}

func TestMain(m *testing.M) {
	fake, ok := fakes[filepath.Base(os.Args[0])]
	if !ok {
		os.Exit(m.Run())
	}
	flags := map[string]string{}
	for _, arg := range os.Args[1:] {
		name, value, _ := strings.Cut(strings.TrimPrefix(arg, "--"), "=")
		flags[name] = value
	}
	fmt.Fprintln(os.Stderr, fake(flags))
	os.Exit(1)
}

// fakePrograms returns programs, each the test binary under another name.
func fakePrograms(t *testing.T) Programs {
	t.Helper()
	return Programs{
		Etcd:              fakeProgram(t, "etcd"),
		APIServer:         fakeProgram(t, "kube-apiserver"),
		ControllerManager: fakeProgram(t, "kube-controller-manager"),
	}
}

func fakeProgram(t *testing.T, name string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.Symlink(self, path); err != nil {
		t.Fatal(err)
	}
	return path
}

func fakeEtcd(flags map[string]string) error {
	listener, err := net.Listen("unix", strings.TrimPrefix(flags["listen-client-urls"], "unix://"))
	if err != nil {
		return err
	}
	return http.Serve(listener, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
}

// fakeServer is something that an extension runs. It tells its name.
func fakeServer(flags map[string]string) error {
	return http.ListenAndServe(flags["address"], http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, os.Getenv("FAKE_NAME"))
	}))
}

// fakeAPIServer answers an administrator. It finds its port taken as often as the file FAKE_TAKEN has bytes.
func fakeAPIServer(flags map[string]string) error {
	taken := os.Getenv("FAKE_TAKEN")
	if left, err := os.ReadFile(taken); err == nil && len(left) > 0 {
		if err := os.WriteFile(taken, left[1:], 0o600); err != nil {
			return err
		}
		return fmt.Errorf("failed to listen: bind: address already in use")
	}
	ca, err := os.ReadFile(flags["client-ca-file"])
	if err != nil {
		return err
	}
	clients := x509.NewCertPool()
	clients.AppendCertsFromPEM(ca)
	server := &http.Server{
		Addr:      net.JoinHostPort(flags["bind-address"], flags["secure-port"]),
		TLSConfig: &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: clients},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !strings.Contains(r.TLS.PeerCertificates[0].Subject.String(), "O=system:masters") {
				w.WriteHeader(http.StatusForbidden)
			}
			fmt.Fprint(w, `{"gitVersion": "v1.2.3", "rules": [{}]}`)
		}),
	}
	return server.ListenAndServeTLS(flags["tls-cert-file"], flags["tls-private-key-file"])
}

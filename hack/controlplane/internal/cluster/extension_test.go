package cluster

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"k8s.io/client-go/tools/clientcmd"
)

// serving is an extension that runs a server and waits for it.
func serving(path, name string) Extension {
	return func(ctx context.Context, c *Cluster) error {
		address := func(ports []int) string { return net.JoinHostPort(Loopback, strconv.Itoa(ports[0])) }
		return c.Serve(ctx, Server{
			Name:  name,
			Path:  path,
			Env:   []string{"FAKE_NAME=" + name},
			Ports: 1,
			Args:  func(ports []int) ([]string, error) { return []string{"--address=" + address(ports)}, nil },
			Ready: func(ctx context.Context, ports []int) error {
				return Poll(ctx, name, func() error {
					body, err := Get(ctx, http.DefaultClient, "http://"+address(ports))
					if err == nil && string(body) != name {
						err = fmt.Errorf("%s answers", body)
					}
					return err
				})
			},
		})
	}
}

func TestExtensionsRunServers(t *testing.T) {
	server := fakeProgram(t, "server")
	c, err := Start(t.Context(), fakePrograms(t), serving(server, "one"), serving(server, "two"))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.processes) != 5 {
		t.Errorf("the control plane has %d components", len(c.processes))
	}
	for _, log := range []string{"one.log", "two.log"} {
		if _, err := os.Stat(c.dir.file(log)); err != nil {
			t.Error(err)
		}
	}
	last := c.processes[len(c.processes)-1]
	last.Kill()
	<-c.Done()
	if cause := c.Cause(); !strings.Contains(cause.Error(), last.Err().Error()) {
		t.Errorf("the cause is %v, want %v", cause, last.Err())
	}
	if err := c.Stop(); err != nil {
		t.Error(err)
	}
}

func TestFailedExtensionFailsTheStart(t *testing.T) {
	reason := errors.New("no webhook")
	dir := ""
	fail := func(_ context.Context, c *Cluster) error { dir = c.Dir; return reason }
	if _, err := Start(t.Context(), fakePrograms(t), fail); !errors.Is(err, reason) {
		t.Errorf("Start = %v, want %v", err, reason)
	}
	if _, err := os.Stat(dir); dir == "" || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the work folder %q: %v", dir, err)
	}
	_, err := Start(t.Context(), fakePrograms(t), serving(fakeProgram(t, "broken"), "hook"))
	if err == nil || !strings.Contains(err.Error(), "running hook: ") || !strings.Contains(err.Error(), "this component is broken") {
		t.Errorf("Start = %v, want an error that shows the log", err)
	}
}

func TestKubeconfigOfNamesTheUser(t *testing.T) {
	creds, err := newCredentials()
	if err != nil {
		t.Fatal(err)
	}
	c := &Cluster{Server: "https://127.0.0.1:6443", creds: creds}
	content, err := c.KubeconfigOf("system:serviceaccount:a:b", "system:serviceaccounts")
	if err != nil {
		t.Fatal(err)
	}
	config, err := clientcmd.RESTConfigFromKubeConfig(content)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(config.CertData)
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if cert.Subject.CommonName != "system:serviceaccount:a:b" || !slices.Equal(cert.Subject.Organization, []string{"system:serviceaccounts"}) {
		t.Errorf("the certificate is for %s", cert.Subject)
	}
}

package testcluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// modeEnv says how the test binary plays controlplane, when it is called by that name.
const modeEnv = "TESTCLUSTER_MODE"

func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) != "controlplane" {
		os.Exit(m.Run())
	}
	const line = `{"kubeconfig": "/k", "kubectl": "/bin/kubectl", "server": "https://127.0.0.1:1", "version": "v1", "dir": "/d"}`
	wait := func() { _, _ = io.Copy(io.Discard, os.Stdin) }
	switch os.Getenv(modeEnv) {
	case "ready":
		fmt.Println(line)
		wait()
		os.Exit(0)
	case "fleet":
		fmt.Println(strings.TrimSuffix(line, "}") +
			`, "clusters": {"master": {"kubeconfig": "/k", "server": "https://127.0.0.1:1", "dir": "/d"},` +
			` "seed": {"kubeconfig": "/s", "server": "https://127.0.0.1:2", "dir": "/e"}}}`)
		wait()
	case "args":
		dir, _ := os.Getwd()
		fmt.Printf("{\"server\": %q, \"version\": %q}\n", strings.Join(os.Args[1:], " "), dir)
		wait()
	case "breaks":
		fmt.Println(line)
		wait()
		fmt.Fprintln(os.Stderr, "etcd broke")
		os.Exit(1)
	case "fails":
		fmt.Fprintln(os.Stderr, "building etcd: no disk")
		os.Exit(1)
	case "babbles":
		fmt.Println("hello")
		wait()
	case "slow":
		fmt.Fprintln(os.Stderr, "building etcd")
		wait()
		os.Exit(1)
	}
	os.Exit(0)
}

// newRoot makes a repository in which the test binary is controlplane.
func newRoot(t *testing.T, mode string) string {
	t.Helper()
	t.Setenv(modeEnv, mode)
	root := t.TempDir()
	bin := filepath.Join(root, ".cache", "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(bin, "controlplane")); err != nil {
		t.Fatal(err)
	}
	return root
}

func TestStartAndStop(t *testing.T) {
	c, err := start(t.Context(), newRoot(t, "ready"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if c.Kubeconfig != "/k" || c.Kubectl != "/bin/kubectl" || c.Server != "https://127.0.0.1:1" || c.Version != "v1" {
		t.Errorf("the cluster is %+v", c)
	}
	for range 2 {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	}
}

func TestOptionsAreFlags(t *testing.T) {
	for want, options := range map[string]Options{
		"serve":                   {},
		"serve --gatekeeper":      {Gatekeeper: true},
		"serve --crds a --fleet":  {CRDs: []string{"a"}, Fleet: true},
		"serve --crds a --crds b": {CRDs: []string{"a", "b"}},
	} {
		if got := strings.Join(options.args(), " "); got != want {
			t.Errorf("controlplane is called with %s, want %s", got, want)
		}
	}
}

func TestFleet(t *testing.T) {
	c, err := start(t.Context(), newRoot(t, "fleet"), Options{Fleet: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Stop()
	want := map[string]Member{
		"master": {Kubeconfig: "/k", Server: "https://127.0.0.1:1", Dir: "/d"},
		"seed":   {Kubeconfig: "/s", Server: "https://127.0.0.1:2", Dir: "/e"},
	}
	if !maps.Equal(c.Clusters, want) || c.Kubeconfig != "/k" {
		t.Errorf("the fleet is %+v", c)
	}
}

func TestFoldersAreRelativeToTheRoot(t *testing.T) {
	root, err := filepath.EvalSymlinks(newRoot(t, "args"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := start(t.Context(), root, Options{CRDs: []string{"testdata/crds", "/other"}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Stop()
	if want := "serve --crds testdata/crds --crds /other"; c.Server != want {
		t.Errorf("controlplane is called with %s, want %s", c.Server, want)
	}
	if c.Version != root {
		t.Errorf("controlplane runs in %s, want %s", c.Version, root)
	}
}

func TestErrorsSayWhatControlplaneSaid(t *testing.T) {
	t.Run("at the start", func(t *testing.T) {
		if _, err := start(t.Context(), newRoot(t, "fails"), Options{}); err == nil || !strings.Contains(err.Error(), "building etcd: no disk") {
			t.Errorf("start = %v", err)
		}
	})
	t.Run("later", func(t *testing.T) {
		c, err := start(t.Context(), newRoot(t, "breaks"), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Stop(); err == nil || !strings.Contains(err.Error(), "etcd broke") {
			t.Errorf("Stop = %v", err)
		}
	})
	t.Run("another line", func(t *testing.T) {
		if _, err := start(t.Context(), newRoot(t, "babbles"), Options{}); err == nil || !strings.Contains(err.Error(), `"hello\n"`) {
			t.Errorf("start = %v", err)
		}
	})
}

func TestStartIsGivenUpWithItsContext(t *testing.T) {
	reason := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(reason)
	if _, err := start(ctx, newRoot(t, "slow"), Options{}); !errors.Is(err, reason) {
		t.Errorf("start = %v, want %v", err, reason)
	}
}

func TestStartWithoutTheProgram(t *testing.T) {
	if _, err := start(t.Context(), t.TempDir(), Options{}); err == nil || !strings.Contains(err.Error(), `run "make controlplane"`) {
		t.Errorf("start = %v, want an error that says what to run", err)
	}
}

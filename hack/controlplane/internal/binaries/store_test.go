package binaries

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const testGoMod = `module example.com/controlplane

require (
	github.com/open-policy-agent/gatekeeper/v3 v3.23.0
	go.etcd.io/etcd/server/v3 v3.6.1
	k8s.io/kubernetes v1.36.0
)
`

// newRepository makes a repository in a temporary folder and returns its top folder.
func newRepository(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	write(t, filepath.Join(root, "go.mod"), "module "+rootModule+"\n", 0o644)
	write(t, filepath.Join(root, "hack", "controlplane", "go.mod"), testGoMod, 0o644)
	return root
}

func write(t *testing.T, path, content string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
}

func TestKeyTellsBuildsApart(t *testing.T) {
	of := func(gomod, kubernetes, goos, goarch string) string {
		versions := map[string]string{kubernetesModule: kubernetes, etcdModule: "v3.6.1", gatekeeperModule: "v3.23.0"}
		return key([]byte(gomod), versions, goos, goarch)
	}
	base := of("a", "v1.36.0", "linux", "amd64")
	if again := of("a", "v1.36.0", "linux", "amd64"); again != base {
		t.Errorf("the same build has keys %s and %s", base, again)
	}
	if prefix := "kubernetes-v1.36.0-etcd-v3.6.1-gatekeeper-v3.23.0-linux-amd64-"; !strings.HasPrefix(base, prefix) {
		t.Errorf("key %s does not begin with %s", base, prefix)
	}
	for name, other := range map[string]string{
		"go.mod":  of("b", "v1.36.0", "linux", "amd64"),
		"version": of("a", "v1.36.1", "linux", "amd64"),
		"system":  of("a", "v1.36.0", "darwin", "amd64"),
		"machine": of("a", "v1.36.0", "linux", "arm64"),
	} {
		if other == base {
			t.Errorf("another %s has the same key %s", name, base)
		}
	}
}

func TestLocatePrefersAssets(t *testing.T) {
	assets := t.TempDir()
	write(t, filepath.Join(assets, Etcd), "", 0o755)
	write(t, filepath.Join(assets, KubeAPIServer), "not executable", 0o644)
	write(t, filepath.Join(assets, Gatekeeper), "", 0o755)
	write(t, filepath.Join(assets, GatekeeperManifest), "", 0o644)
	store, err := Open(newRepository(t), assets, nil)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(store.dir, Etcd), "", 0o755)
	write(t, filepath.Join(store.dir, Kubectl), "", 0o755)
	for _, test := range []struct {
		name, dir string
		there     bool
	}{
		{Etcd, assets, true},
		{KubeAPIServer, store.dir, false},
		{Kubectl, store.dir, true},
		{ControllerManager, store.dir, false},
		{Gatekeeper, assets, true},
		{GatekeeperManifest, assets, true},
	} {
		p, err := find(test.name)
		if err != nil {
			t.Fatal(err)
		}
		path, there := store.locate(p)
		if want := filepath.Join(test.dir, test.name); path != want || there != test.there {
			t.Errorf("locate(%s) = %s, %v, want %s, %v", test.name, path, there, want, test.there)
		}
	}
}

func TestLocateWithoutAssets(t *testing.T) {
	// An empty KUBEBUILDER_ASSETS must not mean the working folder.
	t.Chdir(t.TempDir())
	write(t, Etcd, "", 0o755)
	store, err := Open(newRepository(t), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if path, there := store.locate(program{name: Etcd}); there {
		t.Errorf("locate(etcd) found %s", path)
	}
}

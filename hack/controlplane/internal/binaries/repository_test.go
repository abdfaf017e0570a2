package binaries

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
)

func TestFindRoot(t *testing.T) {
	root := newRepository(t)
	elsewhere := t.TempDir()
	for _, from := range [][]string{
		{root},
		{filepath.Join(root, "hack", "controlplane")}, // past the go.mod of another module
		{elsewhere, filepath.Join(root, ".cache", "bin")},
	} {
		if got, err := FindRoot(from...); err != nil || got != root {
			t.Errorf("FindRoot(%q) = %q, %v, want %q", from, got, err, root)
		}
	}
	if got, err := FindRoot(elsewhere); err == nil {
		t.Errorf("FindRoot(%q) = %q, want an error", elsewhere, got)
	}
}

func readGoMod(t *testing.T) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestOurGoModPinsEveryProgram(t *testing.T) {
	file, err := modfile.Parse("go.mod", readGoMod(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	tools := map[string]bool{}
	for _, tool := range file.Tool {
		tools[tool.Path] = true
	}
	for _, p := range programs {
		// A package that is no tool would fall out of go.mod with the next tidy.
		if !tools[p.pkg] {
			t.Errorf("go.mod has no tool %s", p.pkg)
		}
	}
}

// Kubernetes' libraries carry its version with another major: what does not match was forgotten in an upgrade.
func TestReplacesMatchKubernetes(t *testing.T) {
	versions, err := versions(readGoMod(t))
	if err != nil {
		t.Fatal(err)
	}
	file, err := modfile.Parse("go.mod", readGoMod(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := "v0" + strings.TrimPrefix(versions[kubernetesModule], "v1")
	if len(file.Replace) == 0 {
		t.Error("go.mod replaces nothing")
	}
	libraries := map[string]bool{}
	for _, replace := range file.Replace {
		libraries[replace.Old.Path] = true
		if replace.New.Version != want {
			t.Errorf("go.mod replaces %s with %s, want %s", replace.Old.Path, replace.New.Version, want)
		}
	}
	// A replacement is for v0.0.0 only: what another module asks for at an older version has to be required.
	for _, require := range file.Require {
		if version := require.Mod.Version; libraries[require.Mod.Path] && version != want && version != "v0.0.0" {
			t.Errorf("go.mod requires %s, want %s", require.Mod, want)
		}
	}
}

func TestVersionsRefuseAGoModWithout(t *testing.T) {
	if _, err := versions([]byte("module m\n\nrequire (\n\tk8s.io/kubernetes v1.36.0\n\t" + gatekeeperModule + " v3.23.0\n)\n")); err == nil || !strings.Contains(err.Error(), etcdModule) {
		t.Errorf("versions gave %v, want an error that names %s", err, etcdModule)
	}
}

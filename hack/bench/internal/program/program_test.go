package program

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestGiven(t *testing.T) {
	if path, err := Plugin(t.Context(), "/none", "/bin/kubectl-opa"); err != nil || path != "/bin/kubectl-opa" {
		t.Errorf("found %s, %v", path, err)
	}
	root := t.TempDir()
	gator := filepath.Join(root, ".cache", "bin", "gator")
	if err := os.MkdirAll(filepath.Dir(gator), 0o700); err != nil {
		t.Fatal(err)
	}
	want := "finding gator: stat " + gator + ": no such file or directory: run \"make controlplane\" first"
	if _, err := Gator(root); err == nil || err.Error() != want {
		t.Errorf("want %s, found %v", want, err)
	}
	if err := os.WriteFile(gator, nil, 0o700); err != nil {
		t.Fatal(err)
	}
	if path, err := Gator(root); err != nil || path != gator {
		t.Errorf("found %s, %v", path, err)
	}
}

// TestBuild builds a program of a module that is not the repository's.
func TestBuild(t *testing.T) {
	root := t.TempDir()
	files := map[string]string{"go.mod": "module example.com/sample\n", "cmd/kubectl-opa/main.go": "package main\n\nfunc main() {}\n"}
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	path, err := Plugin(t.Context(), root, "")
	if err != nil || path != filepath.Join(root, ".cache", "bench", "kubectl-opa") {
		t.Fatalf("found %s, %v", path, err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
	want := "building github.com/open-policy-agent/opa: "
	if _, err := OPA(t.Context(), root); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("want %s, found %v", want, err)
	}
}

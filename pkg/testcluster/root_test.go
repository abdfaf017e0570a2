package testcluster

import (
	"os"
	"path/filepath"
	"testing"
)

func TestFindRoot(t *testing.T) {
	root := t.TempDir()
	inner := filepath.Join(root, "hack", "controlplane")
	if err := os.MkdirAll(inner, 0o755); err != nil {
		t.Fatal(err)
	}
	for dir, line := range map[string]string{root: module, inner: module + "/hack/controlplane"} {
		if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(line+"\n\ngo 1.26.0\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := findRoot(inner); err != nil || got != root {
		t.Errorf("findRoot = %q, %v, want %q", got, err, root)
	}
	if got, err := findRoot(t.TempDir()); err == nil {
		t.Errorf("findRoot outside of the repository = %q, want an error", got)
	}
}

func TestTailKeepsTheEnd(t *testing.T) {
	kept := &tail{limit: 4}
	for _, text := range []string{"ab", "cd"} {
		if _, err := kept.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if got := kept.String(); got != "abcd" {
		t.Errorf("the tail is %q", got)
	}
	if _, err := kept.Write([]byte("efghij")); err != nil {
		t.Fatal(err)
	}
	if got := kept.String(); got != "…ghij" {
		t.Errorf("the tail is %q", got)
	}
}

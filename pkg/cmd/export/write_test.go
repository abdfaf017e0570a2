package export

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	reportv1alpha1 "github.com/kubectl-opa/kubectl-opa/pkg/api/report/v1alpha1"
)

func someFiles() []file {
	files := []file{}
	for _, name := range []string{"a", "b", "c"} {
		object := &unstructured.Unstructured{Object: map[string]any{"kind": "K"}}
		object.SetName(name)
		files = append(files, file{path: "sub/" + name + ".yaml", object: object, note: "n"})
	}
	return files
}

// TestWriteStops wants an error on the way to leave whole files and to say
// which.
func TestWriteStops(t *testing.T) {
	dir := t.TempDir()
	// The second file cannot be made, as it is a directory already.
	if err := os.MkdirAll(filepath.Join(dir, "sub/b.yaml/full"), 0o755); err != nil {
		t.Fatal(err)
	}
	done, err := write(t.Context(), dir, someFiles())
	want := []reportv1alpha1.ExportedFile{{Path: "sub/a.yaml", Kind: "K", Name: "a", Note: "n"}}
	if diff := cmp.Diff(want, done); diff != "" {
		t.Error(diff)
	}
	if next := []string{"1 of 3 files are written: remove " + dir + " and export again"}; err == nil || !cmp.Equal(next, advice.Next(err)) {
		t.Errorf("error %v, next %q", err, advice.Next(err))
	}
	entries, _ := os.ReadDir(filepath.Join(dir, "sub"))
	if len(entries) != 2 {
		t.Errorf("there are %v", entries)
	}
}

func TestWriteIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := filepath.Join(t.TempDir(), "new")
	done, err := write(ctx, dir, someFiles())
	if len(done) != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %v", done, err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the directory was made: %v", err)
	}
}

// TestPathOf wants no name to lead out of its folder.
func TestPathOf(t *testing.T) {
	if path, err := pathOf("clusters/abc", "k8s.a-b"); path != "clusters/abc/k8s.a-b.yaml" || err != nil {
		t.Errorf("%s, %v", path, err)
	}
	for _, name := range []string{"", ".", "..", "../x", "a/b", `a\b`, "/etc/passwd", "A", ".hidden", "-f", "a\x00", "C:x"} {
		if path, err := pathOf("templates", name); err == nil {
			t.Errorf("the name %q leads to %s", name, path)
		}
		if path, err := pathOf("namespaces/"+name, "x"); err == nil && name != "a/b" {
			t.Errorf("the folder %q leads to %s", name, path)
		}
	}
}

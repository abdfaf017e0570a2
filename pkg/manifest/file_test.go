package manifest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

func named(name string) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{"kind": "A", "metadata": map[string]any{"name": name}}}
}

// TestWriteFile wants whole files that everyone may read, and nothing else.
func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a/b/c.yaml")
	for _, names := range [][]string{{"one", "two"}, {"three"}} {
		objects := []*unstructured.Unstructured{}
		documents := []string{}
		for _, name := range names {
			objects = append(objects, named(name))
			documents = append(documents, "kind: A\nmetadata:\n  name: "+name+"\n")
		}
		if err := WriteFile(path, objects...); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(strings.Join(documents, "---\n"), string(text)); diff != "" {
			t.Error(diff)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
}

// TestWriteFileFails wants the old file to stay where the new one cannot be
// made, and no traces of it.
func TestWriteFileFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.yaml")
	if err := WriteFile(path, named("old")); err != nil {
		t.Fatal(err)
	}
	broken := &unstructured.Unstructured{Object: map[string]any{"kind": "A", "metadata": map[string]any{"name": "x"}, "f": func() {}}}
	err := WriteFile(path, broken)
	if err == nil || !strings.HasPrefix(err.Error(), "writing "+path+`: writing A "x": `) {
		t.Errorf("error %v", err)
	}
	documents, err := Load([]string{filepath.Dir(path)}, nil)
	if err != nil || len(documents) != 1 || documents[0].Object().GetName() != "old" {
		t.Errorf("%v, %v", documents, err)
	}
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
	if err := WriteFile(filepath.Join(path, "b.yaml"), named("b")); err == nil {
		t.Error("a file was taken for a directory")
	}
}

func TestRequireEmpty(t *testing.T) {
	dir := t.TempDir()
	for _, free := range []string{dir, filepath.Join(dir, "new")} {
		if err := RequireEmpty(free); err != nil {
			t.Error(err)
		}
	}
	file := filepath.Join(dir, ".hidden")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	err := RequireEmpty(dir)
	if err == nil || err.Error() != "directory "+dir+" is not empty: it has .hidden" || len(advice.Next(err)) != 1 {
		t.Errorf("error %v, next %q", err, advice.Next(err))
	}
	if err := RequireEmpty(file); err == nil {
		t.Error("a file was taken for a directory")
	}
}

// TestLoadExported reads what kubectl passes over, and Load does not.
func TestLoadExported(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.yaml", "b.yaml.disabled", "c.json.disabled", "sub/d.yml.disabled", "e.disabled", "f.yaml.bak", "g.txt"} {
		if err := WriteFile(filepath.Join(dir, name), named(name)); err != nil {
			t.Fatal(err)
		}
	}
	// JSON is read as YAML is, so that one writer does for all.
	type found struct {
		Name     string
		Disabled bool
	}
	read := func(documents []Document, err error) []found {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		all := []found{}
		for _, d := range documents {
			all = append(all, found{d.Object().GetName(), d.Disabled()})
		}
		return all
	}
	if diff := cmp.Diff([]found{{"a.yaml", false}}, read(Load([]string{dir}, nil))); diff != "" {
		t.Error(diff)
	}
	want := []found{{"a.yaml", false}, {"b.yaml.disabled", true}, {"c.json.disabled", true}, {"sub/d.yml.disabled", true}}
	if diff := cmp.Diff(want, read(LoadExported([]string{dir}, nil))); diff != "" {
		t.Error(diff)
	}
}

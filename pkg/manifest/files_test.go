package manifest

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFiles wants the files of directories in order, links to be followed, and
// what cannot be read to be told without losing the rest.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	link := func(to, name string) {
		t.Helper()
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	write("all/b.yaml", "kind: B")
	write("all/a/z.json", `{"kind": "Z"}`)
	write("all/c.yml", "\n# nothing\n")
	write("all/d.txt", "kind: X")
	write("all/g.yaml", "kind: \x01")
	write("all/h.yaml", "kind: H")
	write("other/o.yaml", "kind: O")
	write("empty/readme.md", "")
	write("mount/..2026/k.yaml", "kind: K")
	link("..2026", "mount/..data")
	link("..data/k.yaml", "mount/k.yaml")
	link("../other", "all/e")
	link("../all", "all/f")
	link("i.yaml", "all/i.yaml")
	link("gone", "all/j")
	link("gone.yaml", "all/k.yaml")
	short := func(text string) string { return strings.ReplaceAll(text, dir+"/", "") }
	got := []string{}
	options := Options{Skipped: func(at Position, why string) { got = append(got, short("skipped "+at.String()+": "+why)) }}
	paths := []string{"all", "empty", "missing", "mount"}
	for i := range paths {
		paths[i] = filepath.Join(dir, paths[i])
	}
	for d, err := range Stream(paths, nil, options) {
		if err != nil {
			got = append(got, short("error "+err.Error()))
		} else {
			got = append(got, short(d.String()+" "+d.Name()))
		}
	}
	want := []string{
		"all/a/z.json:1 Z",
		"all/b.yaml:1 B",
		"skipped all/c.yml: there is no document in it",
		"all/e/o.yaml:1 O",
		"error reading directory: all/f is a link that leads back to a directory above it",
		"error all/g.yaml:1:7: malformed document: the control character 0x01",
		"all/h.yaml:1 H",
		"error reading file: stat all/i.yaml: too many levels of symbolic links",
		"error reading file: stat all/k.yaml: no such file or directory",
		"skipped empty: the directory has no manifests (*.yaml, *.yml, *.json)",
		"error reading file: stat missing: no such file or directory",
		"skipped mount/..2026: Kubernetes keeps the versions of a volume there",
		"skipped mount/..data: Kubernetes keeps the versions of a volume there",
		"mount/k.yaml:1 K",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := Load(paths[1:2], nil); !errors.Is(err, ErrNoDocuments) || short(err.Error()) != "no documents found in empty" {
		t.Errorf("error %v", err)
	}
	if documents, err := Load([]string{filepath.Join(dir, "other"), "-"}, strings.NewReader("kind: I")); err != nil || len(documents) != 2 || documents[1].String() != "<stdin>:1" {
		t.Errorf("%v, %v", documents, err)
	}
}

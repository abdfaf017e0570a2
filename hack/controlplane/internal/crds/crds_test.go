package crds

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const definitions = `
# a comment before the first document
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: as.example.com
---
apiVersion: v1
kind: Namespace
metadata:
  name: not-a-crd
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: bs.example.com
`

func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestRead(t *testing.T) {
	dir := folder(t, map[string]string{
		"all.yaml":  definitions,
		"more.yaml": strings.ReplaceAll(definitions, "s.example", "s.more"),
		"README.md": "kind: CustomResourceDefinition",
	})
	found, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, definition := range found {
		names = append(names, definition.GetName())
	}
	if want := []string{"as.example.com", "bs.example.com", "as.more.com", "bs.more.com"}; !slices.Equal(names, want) {
		t.Errorf("Read found %q, want %q", names, want)
	}
}

func TestReadRefuses(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"an empty folder": {},
		"no CRD":          {"ns.yaml": "apiVersion: v1\nkind: Namespace\n"},
		"no YAML":         {"bad.yaml": "a: [\n"},
	} {
		dir := folder(t, files)
		if _, err := Read(dir); err == nil || !strings.Contains(err.Error(), dir) {
			t.Errorf("%s: the error is %v, want one that names %s", name, err, dir)
		}
	}
}

func TestNotEstablished(t *testing.T) {
	type list = []any
	condition := func(kind, status string) any {
		return map[string]any{"type": kind, "status": status, "message": "taken by another"}
	}
	for name, test := range map[string]struct {
		conditions list
		want       string
	}{
		"new":         {nil, "it is not established yet"},
		"too early":   {list{condition("NamesAccepted", "True"), condition("Established", "False")}, "it is not established yet"},
		"established": {list{condition("Established", "True"), condition("NamesAccepted", "True")}, ""},
		"taken":       {list{condition("NamesAccepted", "False")}, "its names are not accepted: taken by another"},
	} {
		object := &unstructured.Unstructured{Object: map[string]any{"status": map[string]any{"conditions": test.conditions}}}
		if got := notEstablished(object); got != test.want {
			t.Errorf("%s: notEstablished = %q, want %q", name, got, test.want)
		}
	}
}

func TestServed(t *testing.T) {
	object := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{
		"group": "example.com",
		"names": map[string]any{"plural": "as"},
		"versions": []any{
			map[string]any{"name": "v1", "served": true},
			map[string]any{"name": "v1alpha1", "served": false},
			map[string]any{"name": "v1beta1", "served": true},
		},
	}}}
	if got, want := served(object), []string{"example.com/v1/as", "example.com/v1beta1/as"}; !slices.Equal(got, want) {
		t.Errorf("served = %q, want %q", got, want)
	}
}

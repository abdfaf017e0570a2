package manifest

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// unpack writes the files of an archive and returns their directory.
func unpack(t *testing.T, archive string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range txtar.Parse([]byte(archive)).Files {
		path := filepath.Join(dir, file.Name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, file.Data, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const kustomizations = `
-- base/kustomization.yaml --
resources: [pod.yaml, namespace.yaml]
-- base/pod.yaml --
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: a, image: a}]}
-- base/namespace.yaml --
apiVersion: v1
kind: Namespace
metadata: {name: ns}
-- overlay/kustomization.yml --
resources: [../base]
namePrefix: x-
namespace: ns
patches:
- path: patch.yaml
configMapGenerator:
- name: c
  files: [key=text]
generatorOptions: {disableNameSuffixHash: true}
-- overlay/patch.yaml --
apiVersion: v1
kind: Pod
metadata: {name: a, annotations: {link: "https://example.com/a"}}
-- overlay/text --
builtin
-- missing/Kustomization --
resources: [gone.yaml]
-- none/pod.yaml --
kind: Pod
-- above/kustomization.yaml --
configMapGenerator:
- name: c
  files: [../base/pod.yaml]
-- helm/kustomization.yaml --
helmCharts:
- name: minecraft
  repo: https://example.com/charts
-- exec/kustomization.yaml --
generators: [generator.yaml]
-- exec/generator.yaml --
apiVersion: v1
kind: X
metadata:
  name: a
  annotations:
    config.kubernetes.io/function: |
      exec: {path: ./run}
-- broken/kustomization.yaml --
resources: [
-- like/kustomization.yaml --
resources: [me@example.com]
-- like/me@example.com --
apiVersion: v1
kind: Pod
metadata: {name: like}
`

// TestKustomize wants what kubectl kustomize prints, in its order, to be read.
func TestKustomize(t *testing.T) {
	dir := unpack(t, kustomizations)
	name, text, err := Kustomize(filepath.Join(dir, "overlay"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "<kustomize " + dir + "/overlay>"; name != want {
		t.Errorf("name %s", name)
	}
	got := []string{}
	for d, err := range ParseStream(name, bytes.NewReader(text), Options{}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, strings.TrimPrefix(d.String(), name)+" "+d.Name()+" "+d.Object().GetNamespace()+" "+d.Object().GetAnnotations()["link"])
	}
	want := []string{`:1 Namespace "ns"  `, `:6 ConfigMap "x-c" ns `, `:15 Pod "x-a" ns https://example.com/a`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: %s", diff, text)
	}
	if _, text, err := Kustomize(filepath.Join(dir, "like")); err != nil || !strings.Contains(string(text), "name: like") {
		t.Errorf("%s, %v", text, err)
	}
}

// TestKustomizeErrors wants what cannot be built to be told with the file, and
// what to do.
func TestKustomizeErrors(t *testing.T) {
	dir := unpack(t, kustomizations)
	for name, want := range map[string]struct{ text, next string }{
		"gone":          {"reading kustomization: stat gone: no such file or directory", "give a directory of this machine"},
		"base/pod.yaml": {"reading kustomization: base/pod.yaml is no directory", "give the directory that it is in"},
		"none": {"reading kustomization: directory none has no kustomization.yaml, kustomization.yml, Kustomization",
			"give the directory of a kustomization, or read the files as they are with -f"},
		"missing": {"building missing/Kustomization: accumulating resources: accumulation err='accumulating resources from 'gone.yaml': evalsymlink failure on 'missing/gone.yaml' : lstat missing/gone.yaml: no such file or directory': " +
			"must build at directory: not a valid directory: evalsymlink failure on 'missing/gone.yaml' : lstat missing/gone.yaml: no such file or directory", "mend it until kubectl kustomize missing prints the objects"},
		"above": {"building above/kustomization.yaml: loading KV pairs: file sources: [../base/pod.yaml]: security; file 'base/pod.yaml' is not in or below 'above'", "mend it until kubectl kustomize above prints the objects"},
		"helm":  {"building helm/kustomization.yaml: trouble configuring builtin HelmChartInflationGenerator with config: `", "mend it until kubectl kustomize helm prints the objects"},
		"exec":  {"building exec/kustomization.yaml: ", "mend it until kubectl kustomize exec prints the objects"},
		"broken": {"building broken/kustomization.yaml: invalid Kustomization: yaml: line 1: did not find expected node content",
			"mend it until kubectl kustomize broken prints the objects"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := Kustomize(filepath.Join(dir, name))
			if err == nil {
				t.Fatal("no error")
			}
			short := func(text string) string { return strings.ReplaceAll(text, dir+"/", "") }
			if text := short(err.Error()); text != want.text && (name != "helm" && name != "exec" || !strings.HasPrefix(text, want.text)) {
				t.Errorf("error %s", text)
			}
			if next := advice.Next(err); len(next) != 1 || short(next[0]) != want.next {
				t.Errorf("next %q", next)
			}
			if name == "gone" && !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("error %v", err)
			}
		})
	}
}

// TestKustomizeRemote wants nothing to be fetched: not by a kustomization, nor by
// one that it is built on, nor by a plugin's configuration.
func TestKustomizeRemote(t *testing.T) {
	const plugin = "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: p}\n"
	for text, want := range map[string]string{
		"resources: ['https://127.0.0.1:1/a.yaml']":                                                        "https://127.0.0.1:1/a.yaml",
		"bases: ['http://127.0.0.1:1/a']":                                                                  "http://127.0.0.1:1/a",
		"resources: ['ssh://127.0.0.1:1/a/b']":                                                             "ssh://127.0.0.1:1/a/b",
		"resources: ['git::FILE:///a/b.git']":                                                              "git::FILE:///a/b.git",
		"resources: ['git@127.0.0.1:a/b']":                                                                 "git@127.0.0.1:a/b",
		"resources: [github.com/a/b]":                                                                      "github.com/a/b",
		"components: ['GitHub.com:a/b?ref=c']":                                                             "GitHub.com:a/b?ref=c",
		"crds: ['http://127.0.0.1:1/c']":                                                                   "http://127.0.0.1:1/c",
		"configurations: ['http://127.0.0.1:1/c']":                                                         "http://127.0.0.1:1/c",
		"openapi: {path: 'http://127.0.0.1:1/c'}":                                                          "http://127.0.0.1:1/c",
		"patches: [{path: 'http://127.0.0.1:1/p'}]":                                                        "http://127.0.0.1:1/p",
		"patchesJson6902: [{path: 'http://127.0.0.1:1/p'}]":                                                "http://127.0.0.1:1/p",
		"patchesStrategicMerge: ['http://127.0.0.1:1/p']":                                                  "http://127.0.0.1:1/p",
		"replacements: [{path: 'http://127.0.0.1:1/r'}]":                                                   "http://127.0.0.1:1/r",
		"configMapGenerator: [{name: a, files: ['k=http://127.0.0.1:1/f']}]":                               "http://127.0.0.1:1/f",
		"secretGenerator: [{name: a, envs: ['http://127.0.0.1:1/f']}]":                                     "http://127.0.0.1:1/f",
		"configMapGenerator: [{name: a, env: 'http://127.0.0.1:1/f'}]":                                     "http://127.0.0.1:1/f",
		"validators: ['http://127.0.0.1:1/v']":                                                             "http://127.0.0.1:1/v",
		"transformers:\n- |\n  " + strings.ReplaceAll(plugin, "\n", "\n  ") + "path: http://127.0.0.1:1/t": "http://127.0.0.1:1/t",
		"transformers: [t.yaml]\n-- base/t.yaml --\n" + plugin + "path: http://127.0.0.1:1/t":              "http://127.0.0.1:1/t",
	} {
		dir := unpack(t, "-- overlay/kustomization.yaml --\nresources: [../base]\n-- base/kustomization.yaml --\n"+text+"\n")
		_, _, err := Kustomize(filepath.Join(dir, "overlay"))
		if err == nil {
			t.Errorf("%s: no error", text)
			continue
		}
		file := "base/kustomization.yaml"
		if strings.Contains(text, "-- base/t.yaml") {
			file = "base/t.yaml"
		}
		wanted := "building overlay/kustomization.yaml: " + file + " refers to " + want + ", and nothing is fetched from elsewhere"
		if diff := cmp.Diff(wanted, strings.ReplaceAll(err.Error(), dir+"/", "")); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
		if next := advice.Next(err); len(next) != 1 {
			t.Errorf("next %q", next)
		}
	}
}

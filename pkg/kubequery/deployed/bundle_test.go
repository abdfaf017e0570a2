package deployed

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/loader"
	"github.com/open-policy-agent/opa/v1/rego"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
)

var update = flag.Bool("update", false, "write the table of the bundle in plugins anew")

// folder is the bundle for a stock Kubernetes.
const folder = "../../../plugins/kubernetes-api-client"

// TestFolder wants the bundle that is a folder to have the table of what a
// stock API server serves. -update writes it anew.
func TestFolder(t *testing.T) {
	text := byLine(t, NewTable(stock(t)))
	name := filepath.Join(folder, "kubernetes/api/resources/data.json")
	if *update {
		if err := os.WriteFile(name, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	there, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(text), string(there)); diff != "" {
		t.Errorf("want(-) found(+); -update writes it:\n%s", diff)
	}
	c := Contents{Table: NewTable(stock(t))}
	data, err := c.data()
	if err != nil {
		t.Fatal(err)
	}
	read, err := bundle.NewCustomReader(bundle.NewDirectoryLoader(folder)).Read()
	if err != nil {
		t.Fatal(err)
	}
	want := read.Data
	if diff := cmp.Diff(want, data); diff != "" {
		t.Errorf("the folder's data (-) and the bundle's (+) differ:\n%s", diff)
	}
	if diff := cmp.Diff(&[]string{root}, read.Manifest.Roots); diff != "" {
		t.Error(diff)
	}
}

// byLine is a table as JSON, one resource and one word a line.
func byLine(t *testing.T, table Table) []byte {
	t.Helper()
	line := func(value any) string {
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	served, words := []string{}, []string{}
	for _, each := range table.Served {
		served = append(served, line(each))
	}
	for _, word := range slices.Sorted(maps.Keys(table.Words)) {
		words = append(words, line(word)+":"+line(table.Words[word]))
	}
	return fmt.Appendf(nil, "{\n\"own\": %s,\n\"unasked\": %s,\n\"served\": [\n%s\n],\n\"words\": {\n%s\n}\n}\n",
		line(table.Own), line(table.Unasked), strings.Join(served, ",\n"), strings.Join(words, ",\n"))
}

// givenPolicies are those of a user, in both versions of Rego, with data, with a
// name that is taken, with tests, and with an older copy of the client.
func givenPolicies(t *testing.T) (policies kubequery.Policies, told []kubequery.Event) {
	t.Helper()
	fsys := fstest.MapFS{
		"policies/client.rego":                        {Data: []byte("package authz\n\nimport data.kubernetes.api.client\n\nallow if client.query_name(\"nodes\", \"a\")\n")},
		"policies/sub/more words.rego":                {Data: []byte("package authz.more\n\nallow := data.settings.allow\n")},
		"policies/sub/client.rego":                    {Data: []byte("package kube\n\nx := opa.runtime().config\n")},
		"policies/authz_test.rego":                    {Data: []byte("package authz_test\n\ntest_it if true\n")},
		"policies/old/kubernetes/api/lib.rego":        {Data: []byte("package kubernetes.api.client\n\nquery_all(_) := 1\n")},
		"policies/settings/data.json":                 {Data: []byte(`{"allow": 12345678901234567890}`)},
		"policies/kubernetes/pods/data.json":          {Data: []byte(`{"default": {}}`)},
		"policies/kubernetes/api/resources/data.json": {Data: []byte(`{"served": "of another cluster"}`)},
		"old.rego": {Data: []byte("package old\n\ndeny[x] { x := data.kubernetes.api.client.query_all(\"pods\").items[_] }\n")},
	}
	notify := func(event kubequery.Event) { told = append(told, event) }
	policies, err := Read(kubequery.Options{FS: fsys, Paths: []string{"policies"}, Notify: notify})
	if err != nil {
		t.Fatal(err)
	}
	old, err := Read(kubequery.Options{FS: fsys, Paths: []string{"old.rego"}, V0Compatible: true, Notify: notify})
	if err != nil {
		t.Fatal(err)
	}
	policies.Files = append(policies.Files, old.Files...)
	return policies, told
}

func TestBundle(t *testing.T) {
	policies, told := givenPolicies(t)
	if diff := cmp.Diff([]kubequery.Event{kubequery.Replaced{File: "policies/old/kubernetes/api/lib.rego"}}, told); diff != "" {
		t.Error(diff)
	}
	c := Contents{Table: NewTable(few()), Policies: policies, Revision: "r1"}
	text, err := c.Bundle()
	if err != nil {
		t.Fatal(err)
	}
	again, err := c.Bundle()
	if err != nil || !bytes.Equal(text, again) {
		t.Errorf("the same contents are another bundle, %v", err)
	}
	read, err := bundle.NewReader(bytes.NewReader(text)).Read()
	if err != nil {
		t.Fatal(err)
	}
	checkBundle(t, read)
}

// checkBundle wants the bundle of givenPolicies.
func checkBundle(t *testing.T, b bundle.Bundle) {
	t.Helper()
	names := []string{}
	for _, module := range b.Modules {
		names = append(names, module.Path)
	}
	slices.Sort(names)
	wantNames := []string{
		"/kubernetes/api/client/arguments.rego", "/kubernetes/api/client/client.rego", "/kubernetes/api/client/request.rego",
		"/kubernetes/api/client/resources.rego", "/kubernetes/api/client/response.rego", "/kubernetes/api/client/selectors.rego",
		"/policies/client-2.rego", "/policies/client-3.rego", "/policies/more_words.rego", "/policies/old.rego",
	}
	if diff := cmp.Diff(wantNames, names); diff != "" {
		t.Error(diff)
	}
	one := 1
	want := bundle.Manifest{
		Revision: "r1", Roots: &[]string{"authz", "kube", "kubernetes/api", "kubernetes/pods", "old", "settings"},
		RegoVersion: &one, FileRegoVersions: map[string]int{"/policies/old.rego": 0},
	}
	if !want.Equal(b.Manifest) {
		t.Errorf("want the manifest %+v, found %+v", want, b.Manifest)
	}
	table, err := Contents{Table: NewTable(few())}.data()
	if err != nil {
		t.Fatal(err)
	}
	wantData := map[string]any{
		"kubernetes": map[string]any{"api": table["kubernetes"].(map[string]any)["api"], "pods": map[string]any{"default": map[string]any{}}},
		"settings":   map[string]any{"allow": json.Number("12345678901234567890")},
	}
	if diff := cmp.Diff(wantData, b.Data); diff != "" {
		t.Error(diff)
	}
	query, err := rego.New(rego.ParsedBundle("b", &b), rego.Query(`data.kubernetes.api.client.query_all("podz")`)).PrepareForEval(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	wantAnswer := map[string]any{"status_code": json.Number("404"), "error": `the server has no resource "podz"`}
	if diff := cmp.Diff(wantAnswer, evaluate(t, query, nil)); diff != "" {
		t.Error(diff)
	}
}

// TestFiles shows that OPA finds in a mounted ConfigMap what a bundle has, where
// each file is there twice.
func TestFiles(t *testing.T) {
	c := Contents{Table: NewTable(few())}
	c.Policies, _ = givenPolicies(t)
	if _, err := c.Files(); err == nil || !strings.Contains(err.Error(), "old.rego is in Rego v0") {
		t.Errorf("found %v", err)
	}
	c.Policies.Files = slices.DeleteFunc(c.Policies.Files, func(file kubequery.PolicyFile) bool {
		return file.Module.Package.Location.File == "old.rego"
	})
	files, err := c.Files()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "..2026"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, "..2026", name), text, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Join("..2026", name), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	wantNames := []string{
		"arguments.rego", "client-2.rego", "client-3.rego", "client.rego", "data.json", "more_words.rego", "request.rego",
		"resources.rego", "response.rego", "selectors.rego",
	}
	if diff := cmp.Diff(wantNames, slices.Sorted(maps.Keys(files))); diff != "" {
		t.Error(diff)
	}
	ignore := loader.GlobExcludeName("..*", 1)
	query, err := rego.New(
		rego.Load([]string{dir}, ignore), rego.Query(`[data.kubernetes.api.client.query_all("podz"), data.authz.more.allow, data.kubernetes.pods]`),
	).PrepareForEval(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []any{
		map[string]any{"status_code": json.Number("404"), "error": `the server has no resource "podz"`},
		json.Number("12345678901234567890"), map[string]any{"default": map[string]any{}},
	}
	if diff := cmp.Diff(want, evaluate(t, query, nil)); diff != "" {
		t.Error(diff)
	}
}

// TestRefused shows that what OPA would refuse is refused here already.
func TestRefused(t *testing.T) {
	for name, tc := range map[string]struct{ policy, data, want string }{
		"no such function": {
			policy: "package a\n\nx := kubectl_opa.query_all(\"pods\")\n",
			want:   "checking the policies as OPA would: p/a.rego:3:6: rego_type_error: undefined function kubectl_opa.query_all",
		},
		"a rule where the table is": {
			policy: "package kubernetes.api\n\nresources := 1\n",
			want:   "conflict",
		},
		"a scalar where the table is": {policy: "package a", data: `{"kubernetes": {"api": 1}}`, want: errTable.Error()},
		"a scalar above":              {policy: "package a", data: `{"kubernetes": []}`, want: errTable.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			fsys := fstest.MapFS{"p/a.rego": {Data: []byte(tc.policy)}}
			if tc.data != "" {
				fsys["p/data.json"] = &fstest.MapFile{Data: []byte(tc.data)}
			}
			policies, err := Read(kubequery.Options{FS: fsys, Paths: []string{"p"}})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := (Contents{Table: NewTable(few()), Policies: policies}).Bundle(); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("want an error with %q, found %v", tc.want, err)
			}
		})
	}
}

func TestWidest(t *testing.T) {
	for _, tc := range []struct{ roots, want []string }{
		{[]string{"b", "a", "a"}, []string{"a", "b"}},
		{[]string{"a/b", "a", "ab", "a/b/c"}, []string{"a", "ab"}},
		{[]string{"kubernetes/api", "kubernetes"}, []string{"kubernetes"}},
		{[]string{"a", ""}, []string{""}},
	} {
		if diff := cmp.Diff(tc.want, widest(tc.roots)); diff != "" {
			t.Error(diff)
		}
	}
}

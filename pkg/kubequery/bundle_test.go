package kubequery

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// archived is a bundle in one file.
func archived(t *testing.T, files map[string]string) *fstest.MapFile {
	t.Helper()
	var text bytes.Buffer
	zip := gzip.NewWriter(&text)
	out := tar.NewWriter(zip)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := out.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(files[name]))}); err != nil {
			t.Fatal(err)
		}
		if _, err := out.Write([]byte(files[name])); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(out.Close(), zip.Close()); err != nil {
		t.Fatal(err)
	}
	return &fstest.MapFile{Data: text.Bytes()}
}

func TestBundles(t *testing.T) {
	const rules = "package NAME\n\nx := data.values.NAME\n"
	one := map[string]string{"/p.rego": strings.ReplaceAll(rules, "NAME", "one"), "/values/data.json": `{"one": 1}`, "/other.json": "{}"}
	two := map[string]string{"/p.rego": strings.ReplaceAll(rules, "NAME", "two"), "/values/data.json": `{"two": 2}`}
	fsys := fstest.MapFS{
		"one.tar.gz":             archived(t, one),
		"two.tar.gz":             archived(t, two),
		"dir/p.rego":             {Data: []byte(two["/p.rego"])},
		"dir/values/data.yaml":   {Data: []byte("two: 2\n")},
		"dir/values/unread.json": {Data: []byte(`{"three": 3}`)},
		"dir/client.rego":        {Data: []byte("package kubernetes.api.client\n\nquery_all(_) := 7\n")},
		"data.json":              {Data: []byte(`{"values": {"zero": 0}}`)},
		"conflict.json":          {Data: []byte(`{"values": {"one": 7}}`)},
		"deep.tar.gz":            archived(t, map[string]string{"/values/one/data.json": `{"x": 1}`}),
		"broken.tar.gz":          {Data: []byte("no archive")},
		"bad.tar.gz":             archived(t, map[string]string{"/p.rego": "package p\n\nx := \n"}),
		"v0.tar.gz":              archived(t, map[string]string{"/p.rego": "package old\n\np[x] { x := 1 }\n", "/.manifest": `{"rego_version": 0}`}),
		"wasm.tar.gz":            archived(t, map[string]string{"/policy.wasm": "\x00asm", "/.manifest": `{"wasm": [{"entrypoint": "p/x", "module": "/policy.wasm"}]}`}),
		"delta.tar.gz":           archived(t, map[string]string{"/patch.json": `{"data": [{"op": "upsert", "path": "/a", "value": 1}]}`}),
	}
	for name, tc := range map[string]struct {
		paths, bundles  []string
		want, err, next string
		events          []string
	}{
		"archive":           {bundles: []string{"one.tar.gz"}, want: `{"one":{"x":1},"values":{"one":1}}`},
		"archive as data":   {paths: []string{"one.tar.gz"}, want: `{"one":{"x":1},"values":{"one":1}}`},
		"same names inside": {paths: []string{"one.tar.gz", "two.tar.gz"}, want: `{"one":{"x":1},"two":{"x":2},"values":{"one":1,"two":2}}`},
		"twice":             {paths: []string{"one.tar.gz"}, bundles: []string{"one.tar.gz", "one.tar.gz"}, want: `{"one":{"x":1},"values":{"one":1}}`},
		"beside other data": {paths: []string{"data.json"}, bundles: []string{"one.tar.gz"}, want: `{"one":{"x":1},"values":{"one":1,"zero":0}}`},
		"directory": {
			bundles: []string{"dir"}, want: `{"two":{"x":2},"values":{"two":2}}`,
			events: []string{"dir/client.rego is left out: its package kubernetes.api.client is built in here"},
		},
		"other version":     {bundles: []string{"v0.tar.gz"}, want: `{"old":{"p":[1]}}`},
		"conflict":          {paths: []string{"conflict.json"}, bundles: []string{"one.tar.gz"}, err: "loading the bundle one.tar.gz: data.values.one is there already, from elsewhere"},
		"conflict of kinds": {paths: []string{"conflict.json"}, bundles: []string{"deep.tar.gz"}, err: "loading the bundle deep.tar.gz: data.values.one is there already, from elsewhere"},
		"not there":         {bundles: []string{"no.tar.gz"}, err: `loading bundles: error reading "no.tar.gz": open no.tar.gz: file does not exist`},
		"no archive":        {bundles: []string{"broken.tar.gz"}, err: "loading the bundle broken.tar.gz: bundle read failed: archive read failed: gzip: invalid header"},
		"mistake":           {bundles: []string{"bad.tar.gz"}, err: "loading the bundle bad.tar.gz:\nbad.tar.gz/p.rego:4: rego_parse_error: unexpected eof token"},
		"compiled":          {bundles: []string{"wasm.tar.gz"}, err: "loading the bundle wasm.tar.gz: its policies are compiled to WebAssembly, which is not evaluated here", next: "build it with opa build --target rego"},
		"patches":           {bundles: []string{"delta.tar.gz"}, err: "loading the bundle delta.tar.gz: it has patches only, which change another bundle", next: "give a whole bundle"},
	} {
		t.Run(name, func(t *testing.T) {
			events := []string{}
			result, err := Evaluate(t.Context(), newFake(nil), Options{
				Expr: `object.remove(data, ["kubernetes"])`, Paths: tc.paths, Bundles: tc.bundles, FS: fsys,
				Notify: func(event Event) { events = append(events, event.String()) },
			})
			if tc.err != "" {
				if err == nil || !strings.HasPrefix(err.Error(), tc.err) || strings.Join(advice.Next(err), "") != tc.next {
					t.Errorf("want an error with %s\nfound %v, %v", tc.err, err, advice.Next(err))
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, text(t, result.Rows[0].Expressions[0].Value)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(append([]string{}, tc.events...), events); diff != "" {
				t.Error(diff)
			}
		})
	}
}

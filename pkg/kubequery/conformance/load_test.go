package conformance

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const sample = `
policy: |
  ns := "a"
objects:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: one}, data: {key: "%d"}}
- {apiVersion: v1, kind: Namespace, metadata: {name: a}}
- {apiVersion: example.com/v1, kind: Toy, metadata: {name: toy}, spec: {large: 9223372036854775807}}
repeat:
- count: 2
  object: {apiVersion: v1, kind: CustomResourceDefinition, metadata: {name: crd-%d}}
cases:
- name: an expression
  expr: client.query_all("configmaps")
  input: {a: 1.50}
  want: null
- name: a policy
  engines: [from, replay]
  as: somebody
  policy: |
    answer if false
  undefined: true
`

func TestLoad(t *testing.T) {
	files, err := Load(fstest.MapFS{"b.yaml": {Data: []byte(sample)}, "a.yaml": {Data: []byte("cases: []")}, "c.txt": {}})
	if err != nil {
		t.Fatal(err)
	}
	object := func(version, kind, name string) map[string]any {
		return map[string]any{"apiVersion": version, "kind": kind, "metadata": map[string]any{"name": name}}
	}
	one, toy := object("v1", "ConfigMap", "one"), object("example.com/v1", "Toy", "toy")
	one["data"] = map[string]any{"key": "%d"}
	toy["spec"] = map[string]any{"large": int64(9223372036854775807)}
	want := []File{{Name: "a", Objects: []map[string]any{}}, {
		Name: "b",
		Objects: []map[string]any{
			object("v1", "CustomResourceDefinition", "crd-0001"), object("v1", "CustomResourceDefinition", "crd-0002"),
			object("v1", "Namespace", "a"), one, toy,
		},
		Cases: []Case{
			{
				Name: "an expression", Expr: `client.query_all("configmaps")`,
				Input: []byte(`{"a":1.5}`), Want: []byte("null"), shared: "ns := \"a\"\n",
			},
			{
				Name: "a policy", Engines: []string{"from", "replay"}, As: "somebody",
				Policy: "answer if false\n", Undefined: true, shared: "ns := \"a\"\n",
			},
		},
	}}
	if diff := cmp.Diff(want, files, cmp.AllowUnexported(Case{}), cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	cases := files[1].Cases
	for i, module := range []string{
		"package conformance\n\nimport data.kubernetes.api.client\n\nns := \"a\"\n\nanswer := client.query_all(\"configmaps\")\n",
		"package conformance\n\nimport data.kubernetes.api.client\n\nns := \"a\"\n\nanswer if false\n",
	} {
		if diff := cmp.Diff(module, cases[i].Module()); diff != "" {
			t.Error(diff)
		}
	}
	if !cases[0].For(Deployed) || !cases[1].For(From) || cases[1].For(Deployed) {
		t.Error("an engine is wrong")
	}
}

// TestLoadRefuses shows that a case which would prove nothing is no case.
func TestLoadRefuses(t *testing.T) {
	for text, want := range map[string]string{
		`{cases: [{name: a, expr: "1", wants: 1}]}`:                                 `unknown field "wants"`,
		`{cases: [{expr: "1", want: 1}]}`:                                           `case "": it has no name`,
		`{cases: [{name: a, want: 1}]}`:                                             `case "a": it has neither expr nor policy`,
		`{cases: [{name: a, expr: "1"}]}`:                                           `one of want, undefined and error has to be there`,
		`{cases: [{name: a, expr: "1", want: 1, undefined: true}]}`:                 `one of want, undefined and error has to be there`,
		`{cases: [{name: a, expr: "1", want: 1}, {name: a, expr: "2", want: 2}]}`:   `case "a" is there twice`,
		`{cases: [{name: a, expr: "1", want: 1, engines: [life]}]}`:                 `there is no engine "life"`,
		`{cases: [{name: a, expr: "1", error: [x]}]}`:                               `a deployed OPA has neither errors nor pages: name the engines`,
		`{cases: [{name: a, expr: "1", error: [x], engines: [live, deployed]}]}`:    `it cannot hold for that engine`,
		`{cases: [{name: a, expr: "1", want: 1, expires: twice, engines: [live]}]}`: `expires may not be "twice"`,
		`{cases: [{name: a, expr: "1", want: 1, engines: [live, from, replay]}]}`:   `it has to hold for a deployed OPA`,
		`{objects: [7]}`:  `object 1: `,
		`{cases: [{]}`:    `yaml: `,
		`{policy: [nil]}`: `cannot unmarshal`,
	} {
		t.Run(text, func(t *testing.T) {
			files, err := Load(fstest.MapFS{"a.yaml": {Data: []byte(text)}})
			if err == nil || !strings.HasPrefix(err.Error(), "reading a.yaml: ") || !strings.Contains(err.Error(), want) {
				t.Errorf("want an error with %s, found %v and %v", want, err, files)
			}
		})
	}
	if _, err := Load(fstest.MapFS{}); err == nil {
		t.Error("want no cases to be an error")
	}
}

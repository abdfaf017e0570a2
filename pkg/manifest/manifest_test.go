package manifest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const stream = `# a comment

--- # first
kind: A
metadata:
  name: one
spec:
  rego: |
    package a
    x = 1
  list: [1, {b: yes}]
---
---
kind: List
items:
- kind: B
  metadata: {name: two}
- kind: C
`

func TestParse(t *testing.T) {
	documents, err := Parse("f.yaml", strings.NewReader(stream))
	if err != nil {
		t.Fatal(err)
	}
	type got struct {
		Name, At string
		Value    map[string]any
	}
	all := []got{}
	for _, d := range documents {
		all = append(all, got{d.Name(), d.String(), d.Value})
	}
	want := []got{
		{`A "one"`, "f.yaml:4", map[string]any{
			"kind": "A", "metadata": map[string]any{"name": "one"},
			"spec": map[string]any{"rego": "package a\nx = 1\n", "list": []any{int64(1), map[string]any{"b": true}}},
		}},
		{`B "two"`, "f.yaml:16", map[string]any{"kind": "B", "metadata": map[string]any{"name": "two"}}},
		{"C", "f.yaml:18", map[string]any{"kind": "C"}},
	}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Error(diff)
	}
	for path, want := range map[*[]any]string{
		{"spec", "rego"}:            "f.yaml:9",
		{"spec", "list", 1, "b"}:    "f.yaml:11",
		{"spec", "missing", "deep"}: "f.yaml:8",
		{}:                          "f.yaml:4",
	} {
		if got := documents[0].Field(*path...).String(); got != want {
			t.Errorf("Field(%v) = %s, want %s", *path, got, want)
		}
	}
	if got := documents[1].Field("metadata", "name").String(); got != "f.yaml:17" {
		t.Errorf("field of an item stands at %s", got)
	}
}

// TestParseTypedList wants the items of lists as the API server writes them,
// without a type of their own, to have the type that their list tells.
func TestParseTypedList(t *testing.T) {
	for name, tc := range map[string]struct {
		text string
		want []map[string]any
	}{
		"typed": {`{kind: PodList, apiVersion: v1, items: [{a: 1}, {kind: B, apiVersion: b/v1}, {kind: C}]}`, []map[string]any{
			{"apiVersion": "v1", "kind": "Pod", "a": int64(1)}, {"kind": "B", "apiVersion": "b/v1"}, {"kind": "C"},
		}},
		"untyped":     {`{kind: List, apiVersion: v1, items: [{a: 1}]}`, []map[string]any{{"a": int64(1)}}},
		"no version":  {`{kind: PodList, items: [{a: 1}]}`, []map[string]any{{"a": int64(1)}}},
		"empty":       {`{kind: PodList, apiVersion: v1, items: []}`, nil},
		"null":        {`{kind: PodList, apiVersion: v1, items: null}`, nil},
		"no list":     {`{kind: PodList, apiVersion: v1}`, []map[string]any{{"kind": "PodList", "apiVersion": "v1"}}},
		"other items": {`{kind: Pod, items: null}`, []map[string]any{{"kind": "Pod", "items": nil}}},
	} {
		t.Run(name, func(t *testing.T) {
			documents, err := Parse("f", strings.NewReader(tc.text))
			if err != nil {
				t.Fatal(err)
			}
			var values []map[string]any
			for _, d := range documents {
				values = append(values, d.Value)
			}
			if diff := cmp.Diff(tc.want, values); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	for name, tc := range map[string]struct{ text, want string }{
		"tab":       {"a: 1\n---\nb:\n\tc: 1\n", "f:4: malformed document: found character that cannot start any token"},
		"twice":     {"---\n\na: 1\nb: 1\na: 2\n", `f:5: malformed document: key "a" already set in map, on line 3`},
		"list":      {"---\n- a\n", "f:2: malformed document: want a map of fields, found a list"},
		"text":      {"hello\n", `f:1: malformed document: want a map of fields, found the text "hello"`},
		"truncated": {"a: {b: 1\n", "f:1: malformed document: did not find expected ',' or '}'"},
		"items":     {"kind: List\nitems:\n- 1\n", "f:3: malformed document: item 0 of the List is no map of fields"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse("f", strings.NewReader(tc.text))
			if err == nil {
				t.Fatal("no error")
			}
			if diff := cmp.Diff(tc.want, err.Error()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add(stream)
	f.Add("\xef\xbb\xbfa: &a [*a]\r\n---\r\nb: 1")
	f.Fuzz(func(t *testing.T, text string) {
		documents, err := Parse("f", strings.NewReader(text))
		if err != nil {
			return
		}
		for _, d := range documents {
			if d.Line < 1 || d.Line > strings.Count(text, "\n")+1 {
				t.Errorf("document at line %d of %d", d.Line, strings.Count(text, "\n")+1)
			}
		}
	})
}

func TestYAML(t *testing.T) {
	value := map[string]any{
		"rego": "package a\n\n\tx := 1\n", "yes": "yes", "on": "on", "number": "1e3", "octal": "0777", "sexagesimal": "1:20",
		"null": nil, "float": 1.5, "int": int64(3), "list": []any{map[string]any{"a": "b"}}, "empty": map[string]any{},
		"trailing": "a \nb", "tilde": "~", "date": "2001-01-01",
	}
	text, err := YAML(value)
	if err != nil {
		t.Fatal(err)
	}
	want := `date: "2001-01-01"
empty: {}
float: 1.5
int: 3
list:
- a: b
"null": null
number: "1e3"
octal: "0777"
"on": "on"
rego: |
  package a

  	x := 1
sexagesimal: "1:20"
tilde: "~"
trailing: "a \nb"
"yes": "yes"
`
	if diff := cmp.Diff(want, text); diff != "" {
		t.Error(diff)
	}
	back, err := Parse("f", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(value, back[0].Value); diff != "" {
		t.Errorf("does not read back: %s", diff)
	}
}

package manifest

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// readings are the documents of a text, by way of JSON and by way of YAML.
func readings(t *testing.T, text string) (asJSON, asYAML []Document) {
	t.Helper()
	asJSON, err := Parse("f", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range (Text{jsonText: jsonText{name: "f", text: []byte(text), line: 1}}).decode() {
		if r.err != nil {
			t.Fatal(r.err)
		}
		asYAML = append(asYAML, r.document)
	}
	return asJSON, asYAML
}

// TestParseJSON wants JSON to be read as the YAML that it is, to the line.
func TestParseJSON(t *testing.T) {
	for name, text := range map[string]string{
		"one line": `{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}`,
		"lines":    "\n \n{\n \"kind\": \"Pod\",\n \"spec\": {\n  \"list\": [\n   1,\n   {\"deep\": true}]}}\n",
		"list": "{\n\"apiVersion\": \"v1\",\n\"items\": [\n {\"kind\": \"A\",\n  \"spec\": {\"list\": [\n1, {\"deep\":\nnull}]}}, {},\n\n" +
			" {\"kind\": \"B\",\n\"apiVersion\": \"b/v1\"}],\n\"kind\": \"List\", \"metadata\": {\"items\": 1}}",
		"typed list":    "{\"items\": [{\"spec\":\n{\"list\": [0, {\"deep\": 1}]}}], \"kind\": \"PodList\",\n\"apiVersion\": \"v1\"}",
		"empty list":    `{"kind": "List", "items": []}`,
		"null list":     `{"kind": "PodList", "items": null}`,
		"nested list":   "{\"kind\": \"List\", \"items\": [\n{\"kind\": \"List\", \"items\": [\n{\"kind\": \"A\"}, {\"kind\":\n\"B\"}]}]}",
		"no list":       `{"kind": "Checklist", "items": {"a": 1}}`,
		"no kind":       `{"items": [{"a": 1}]}`,
		"numbers":       `{"int": 9007199254740993, "big": 1e21, "float": 0.5, "negative": -1, "huge": 18446744073709551616}`,
		"strings":       `{"yes": "yes", "no": "no", "text": "a\nb \"c\" \u00e9 <&>", "number": "1e3", "empty": ""}`,
		"kind no text":  `{"kind": 1, "items": [{}]}`,
		"other objects": `{"kind": "A", "items": [1, 2]}`,
	} {
		t.Run(name, func(t *testing.T) {
			asJSON, asYAML := readings(t, text)
			if diff := cmp.Diff(described(asYAML), described(asJSON)); diff != "" {
				t.Errorf("YAML (-) and JSON (+) differ: %s", diff)
			}
		})
	}
}

// described is all of documents that can be compared.
func described(documents []Document) []any {
	all := []any{}
	for _, d := range documents {
		text, err := json.Marshal(d.Value)
		if err != nil {
			panic(err)
		}
		places := []string{d.String()}
		for _, path := range [][]any{{"kind"}, {"spec"}, {"spec", "list"}, {"spec", "list", 1, "deep"}, {"missing"}, {"items", 0}} {
			places = append(places, d.Field(path...).String())
		}
		all = append(all, string(text), places)
	}
	return all
}

// TestNotAsJSON wants what is wrong in JSON to be told with its line.
func TestNotAsJSON(t *testing.T) {
	for name, tc := range map[string]struct{ text, want string }{
		"twice":         {"{\"a\": 1,\n\"a\": 2}", `f:2: malformed document: key "a" already set in map, on line 1`},
		"twice below":   {"{\"a\": {\"b\": 1,\n\"b\": 2}}", `f:2: malformed document: key "b" already set in map, on line 1`},
		"twice items":   {"{\"kind\": \"List\", \"items\": [],\n\"items\": [{}]}", `f:2: malformed document: key "items" already set in map, on line 1`},
		"twice an item": {"{\"kind\": \"List\", \"items\": [\n{\"a\": 1,\n\"a\": 2}]}", `f:3: malformed document: key "a" already set in map, on line 2`},
		"items":         {"{\"kind\": \"List\", \"items\": [{},\n1]}", "f:2: malformed document: item 1 of the List is no map of fields"},
		"list":          {"[{}]", "f:1: malformed document: want a map of fields, found a list"},
		"truncated":     {"{\"a\": 1", "f:1: malformed document: did not find expected ',' or '}'"},
		"no text":       {"{\"a\": \"\xff\"}", "f:1:8: malformed document: the byte 0xff is not UTF-8"},
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

// FuzzJSON wants that JSON is read as the same documents, on the same lines,
// as YAML, as far as both can read it.
func FuzzJSON(f *testing.F) {
	f.Add(`{"kind": "List", "items": [{"kind": "A",` + "\n" + `"spec": {"list": [1, {"deep": true}]}}, {}]}`)
	f.Add(`{"kind": "PodList", "apiVersion": "v1", "items": null}`)
	f.Fuzz(func(t *testing.T, text string) {
		if !json.Valid([]byte(text)) || strings.Contains(text, "\t") {
			return
		}
		documents, err := Parse("f", strings.NewReader(text))
		if err != nil {
			return
		}
		same := Text{jsonText: jsonText{name: "f", text: []byte(text), line: 1}}.decode()
		if len(same) > 0 && same[0].err != nil {
			return
		}
		if len(documents) != len(same) {
			t.Fatalf("%d documents, and %d as YAML", len(documents), len(same))
		}
		for i := range documents {
			if documents[i].Position != same[i].document.Position {
				t.Fatalf("document %d is at %s, and as YAML at %s", i, documents[i].Position, same[i].document.Position)
			}
		}
	})
}

package cassette

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

const small = `{
  "apiVersion": "kubectl-opa/v1alpha1",
  "kind": "QueryCassette",
  "secretValues": "redacted",
  "words": [
    {
      "word": "nodes",
      "resource": {
        "version": "v1",
        "name": "nodes",
        "kind": "Node",
        "namespaced": false
      }
    }
  ],
  "answers": [
    {
      "question": {
        "version": "v1",
        "resource": "nodes",
        "name": "a"
      },
      "statusCode": 200,
      "status": "200 OK",
      "body": {
        "kind": "Node"
      }
    }
  ]
}
`

// TestMalformed shows what is said of files that are no cassettes.
func TestMalformed(t *testing.T) {
	const again = "record again, with --record f.json"
	const newer = "use the kubectl-opa that wrote it, or record again"
	const other = "name a file that --record wrote"
	replaced := func(old, with string) string {
		if !strings.Contains(small, old) {
			t.Fatalf("%s is not in the file", old)
		}
		return strings.Replace(small, old, with, 1)
	}
	for name, tc := range map[string]struct{ file, want, next string }{
		"empty":          {"", "f.json:1:1: no cassette: the file ends in the middle: unexpected end of JSON input", again},
		"blank":          {"\n \n", "f.json:3:1: no cassette: the file ends in the middle: unexpected end of JSON input", again},
		"cut off":        {small[:strings.Index(small, `"nodes",`)+8], "f.json:7:23: no cassette: the file ends in the middle", again},
		"cut off later":  {strings.TrimSuffix(small, "}\n"), "f.json:30:1: no cassette: the file ends in the middle", again},
		"twice":          {small + small, "f.json:31:1: no cassette: reading JSON: invalid character '{' after top-level value", again},
		"a comma":        {replaced(`"kind": "Node"`, `"kind": "Node",`), "f.json:11:24: no cassette: reading JSON: invalid character ',' looking for beginning of object key string", again},
		"YAML":           {"apiVersion: kubectl-opa/v1alpha1\n", "f.json:1:1: no cassette: reading JSON: invalid character 'a'", again},
		"an array":       {"\n  []", "f.json:2:3: no cassette: want an object, found []", again},
		"nothing":        {"{}", "f.json:1:1: no cassette: apiVersion is missing", again},
		"a manifest":     {`{"apiVersion": "v1", "kind": "Pod", "metadata": {}}`, `f.json:1:30: no cassette: kind is "Pod", and this kubectl-opa reads QueryCassette`, other},
		"another report": {replaced("QueryCassette", "TestReport"), `f.json:3:11: no cassette: kind is "TestReport", and this kubectl-opa reads QueryCassette`, other},
		"newer": {
			replaced("v1alpha1", "v1"), `f.json:2:17: no cassette: apiVersion is "kubectl-opa/v1", and this kubectl-opa reads kubectl-opa/v1alpha1`, newer,
		},
		"newer, sorted, with new fields": {
			`{"answers": {}, "anything": 1, "apiVersion": "kubectl-opa/v2"}`,
			`f.json:1:46: no cassette: apiVersion is "kubectl-opa/v2", and this kubectl-opa reads kubectl-opa/v1alpha1`, newer,
		},
		"version of another type": {replaced(`"kubectl-opa/v1alpha1"`, "7"), "f.json:2:17: no cassette: apiVersion is 7, and this", newer},
		"unknown field":           {replaced(`"words"`, `"word"`), `f.json:5:3: no cassette: unknown field "word"`, again},
		"a field twice":           {replaced(`"words"`, `"kind": "QueryCassette", "words"`), "f.json:5:3: no cassette: kind is there twice", again},
		"a field is missing":      {replaced(`  "secretValues": "redacted",`, ""), "f.json:1:1: no cassette: secretValues is missing", again},
		"secretValues":            {replaced(`"redacted"`, `"hidden"`), `f.json:4:19: no cassette: secretValues is "hidden", want "redacted" or "recorded"`, again},
		"managedFields":           {replaced(`"words"`, `"managedFields": "yes", "words"`), `f.json:5:20: no cassette: json: cannot unmarshal string into Go value of type bool`, again},
		"words":                   {replaced(`"words": [`, `"words": null, "answers": [`), "f.json:16:3: no cassette: answers is there twice", again},
		"no words":                {`{"apiVersion":"kubectl-opa/v1alpha1","kind":"QueryCassette","secretValues":"redacted","words":null,"answers":[]}`, "f.json:1:95: no cassette: want an array, found null", again},
		"unknown field of a word": {replaced(`"word": "nodes",`, `"word": "nodes", "Word": "x",`), `f.json:6:5: no cassette: unknown field "Word"`, again},
		"type of a word":          {replaced(`"word": "nodes",`, `"word": 7,`), `f.json:6:5: no cassette: json: cannot unmarshal number into Go struct field word.word of type string`, again},
		"meaning of a word":       {replaced(`"resource": {`, `"unknown": {}, "resource": {`), "f.json:6:5: no cassette: want one of resource, unknown and ambiguous, found 2", again},
		"no meaning":              {replaced(`"words": [`, `"words": [{"word": "x"},`), "f.json:5:13: no cassette: want one of resource, unknown and ambiguous, found 0", again},
		"a word twice":            {replaced(`"words": [`, `"words": [{"word": "nodes", "unknown": {}},`), `f.json:6:5: no cassette: "nodes" is there twice`, again},
		"a resource":              {replaced(`"version": "v1",`, ""), "f.json:6:5: no cassette: a resource has a version and a name", again},
		"unknown field, answer":   {replaced(`"statusCode"`, `"code"`), `f.json:17:5: no cassette: unknown field "code"`, again},
		"unknown field, question": {replaced(`"name": "a"`, `"verb": "a"`), `f.json:17:5: no cassette: unknown field "question.verb"`, again},
		"no question":             {replaced(`"question"`, `"body": 1, "question"`), "f.json:17:5: no cassette: want one body or text, found 2", again},
		"no body":                 {replaced(`"status": "200 OK",`, `"status": "200 OK", "text": "x",`), "f.json:17:5: no cassette: want one body or text, found 2", again},
		"no status":               {replaced(`"200 OK"`, `""`), "f.json:17:5: no cassette: an answer has a statusCode from 100 to 599, and a status", again},
		"no status code":          {replaced(`200,`, `99,`), "f.json:17:5: no cassette: an answer has a statusCode from 100 to 599, and a status", again},
		"no resource":             {strings.Replace(small, `"resource": "nodes",`, "", 1), "f.json:17:5: no cassette: a question has a version and a resource", again},
		"a number for an answer":  {replaced(`"answers": [`, `"answers": [7,`), "f.json:16:15: no cassette: want an object, found 7", again},
		"an answer twice":         {replaced(`"answers": [`, `"answers": [{"question":{"version":"v1","resource":"nodes","name":"a"},"statusCode":200,"status":"x","body":1},`), `f.json:17:5: no cassette: get nodes "a" is there twice`, again},
		"deeper than can be read": {strings.Repeat("[", 20000), "f.json:1:10001: no cassette: reading JSON: invalid character '[' exceeded max depth", again},
		"a byte that is none":     {replaced("Node\"", "No\x00de\""), "f.json:11:20: no cassette: reading JSON: invalid character '\\x00' in string literal", again},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := Read("f.json", []byte(tc.file))
			if !errors.Is(err, ErrMalformed) || c != nil || !strings.HasPrefix(err.Error(), "reading the recording: "+tc.want) {
				t.Fatalf("want the error %s\nfound %v", tc.want, err)
			}
			if diff := cmp.Diff([]string{tc.next}, advice.Next(err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestReadAnyLayout shows that neither the order of fields nor space matters.
func TestReadAnyLayout(t *testing.T) {
	var file map[string]any
	if err := json.Unmarshal([]byte(small), &file); err != nil {
		t.Fatal(err)
	}
	compact, err := json.Marshal(file) // sorted by key
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range [][]byte{compact, []byte(strings.ReplaceAll(small, "\n", "\r\n")), []byte(strings.ReplaceAll(small, "  ", "\t"))} {
		c, err := Read("f", file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(small, text(t, c)); diff != "" {
			t.Error(diff)
		}
	}
}

func TestSaveAndLoad(t *testing.T) {
	c, err := Read("f", []byte(small))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "run.json")
	if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := c.Save(path); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("want a file for its owner, found %v, %v", info.Mode(), err)
	}
	loaded, err := Load(path)
	if err != nil || text(t, loaded) != small {
		t.Error(loaded, err)
	}
	if err := c.Save(filepath.Join(dir, "no", "such")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("want the folder to be missing, found %v", err)
	}
	if _, err := Load(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) || !strings.HasPrefix(err.Error(), "reading the recording: open ") {
		t.Errorf("want the file to be missing, found %v", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("want nothing else to be left, found %v, %v", entries, err)
	}
}

// TestWriteErrors shows that an output that takes nothing is no success.
func TestWriteErrors(t *testing.T) {
	c, err := Read("f", []byte(small))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Write(closed{}); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("want the error of the output, found %v", err)
	}
}

type closed struct{}

func (closed) Write([]byte) (int, error) { return 0, fs.ErrClosed }

// FuzzRead wants no file to crash the reader, and what it reads to be written
// and read again as the same.
func FuzzRead(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte(strings.ReplaceAll(small, `"body": {`, `"body": {"a\"\\": [1e5, "\ud800", {}, [], ""], `)))
	f.Add([]byte(`{"answers":[],"words":[],"secretValues":"recorded","kind":"QueryCassette","apiVersion":"kubectl-opa/v1alpha1"}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		if len(file) > 1<<12 {
			return // indenting what is nested deeply makes it very long
		}
		c, err := Read("f", file)
		if err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Errorf("want an error about the file, found %v", err)
			}
			return
		}
		once := text(t, c)
		again, err := Read("f", []byte(once))
		if err != nil {
			t.Fatalf("%v\n%s", err, once)
		}
		if diff := cmp.Diff(once, text(t, again)); diff != "" {
			t.Error(diff)
		}
	})
}

// FuzzScan wants parts of a text to be what encoding/json takes them for.
func FuzzScan(f *testing.F) {
	f.Add([]byte("\"\xa7\""))
	f.Add([]byte(` {"a" : [1, -2.5e+3, "x\\\"y", null, {}, []] , "b":{"\u0063":true}} `))
	f.Fuzz(func(t *testing.T, text []byte) {
		if !json.Valid(text) {
			return
		}
		check(t, document(text))
	})
}

func check(t *testing.T, n node) {
	t.Helper()
	switch value := decode(n.text()).(type) {
	case map[string]any:
		seen := map[string]node{}
		for _, field := range n.members() {
			seen[field.key] = field.value // the last of a name counts
			check(t, field.value)
		}
		for key := range value {
			if got := decode(seen[key].text()); !cmp.Equal(value[key], got) {
				t.Errorf("%s: want %v, found %v", key, value[key], got)
			}
		}
		if len(seen) != len(value) {
			t.Errorf("want %d fields, found %d", len(value), len(seen))
		}
	case []any:
		elements := n.elements()
		if len(elements) != len(value) {
			t.Fatalf("want %d elements, found %d", len(value), len(elements))
		}
		for i, element := range elements {
			if got := decode(element.text()); !cmp.Equal(value[i], got) {
				t.Errorf("%d: want %v, found %v", i, value[i], got)
			}
			check(t, element)
		}
	case string:
		if n.string() != value {
			t.Errorf("want %q, found %q", value, n.string())
		}
	default:
		if !bytes.Equal(bytes.TrimSpace(n.text()), n.text()) {
			t.Errorf("want no space around %q", n.text())
		}
	}
}

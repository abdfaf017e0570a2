package manifest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTexts wants what is in files to be cut into texts that can be kept and
// decoded later, errors in their places.
func TestTexts(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a.yaml": "kind: A\n---\nkind: List\nitems:\n- kind: B\n- 1\n---\nnull\n---\na: {\n", "b.json": `{"kind": "C"}`,
		"c.yaml": "items:\n" + strings.Repeat("- kind: D\n  apiVersion: v1\n  x: \""+strings.Repeat("x", whole/2)+"\"\n", 3) + "kind: List\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	paths := []string{dir, filepath.Join(dir, "missing"), "-"}
	kept := []Text{}
	for text := range Texts(paths, strings.NewReader("kind: E\nb: \x00"), Options{}) {
		kept = append(kept, text)
	}
	got := []string{}
	for _, text := range kept {
		line := fmt.Sprint(text.File(), " ", text.Size(), ":")
		for d, err := range text.Documents() {
			line += fmt.Sprint(" ", d.Value["kind"], " ", err)
		}
		got = append(got, strings.ReplaceAll(line, dir+"/", ""))
	}
	want := []string{
		"a.yaml 8: A <nil>",
		"a.yaml 32: B <nil> <nil> a.yaml:6: malformed document: item 1 of the List is no map of fields",
		"a.yaml 5:",
		"a.yaml 5: <nil> a.yaml:10: malformed document: did not find expected node content",
		"b.json 13: C <nil>",
		"c.yaml 524323: D <nil>", "c.yaml 524323: D <nil>", "c.yaml 524323: D <nil>",
		" 0: <nil> reading file: stat missing: no such file or directory",
		"- 0: <nil> <stdin>:2:4: malformed document: a byte that is 0: the file is binary, or UTF-16",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	files := []string{}
	for file, err := range Files(paths, Options{}) {
		files = append(files, strings.TrimPrefix(file, dir+"/")+fmt.Sprint(err != nil))
	}
	if diff := cmp.Diff([]string{"a.yamlfalse", "b.jsonfalse", "c.yamlfalse", "true", "-false"}, files); diff != "" {
		t.Error(diff)
	}
}

// TestNoTexts wants no text at all to be an error, as no document is to Stream.
func TestNoTexts(t *testing.T) {
	for text, want := range map[string]int{"# x\n": 1, "null\n": 0} {
		failed := 0
		for text := range Texts([]string{"-", "-"}, strings.NewReader(text), Options{}) {
			for _, err := range text.Documents() {
				failed++
				if !errors.Is(err, ErrNoDocuments) || err.Error() != "no documents found in -, -" {
					t.Errorf("error %v", err)
				}
			}
		}
		if failed != want {
			t.Errorf("%q: %d errors", text, failed)
		}
		if _, err := Load([]string{"-"}, strings.NewReader(text)); !errors.Is(err, ErrNoDocuments) {
			t.Errorf("error %v", err)
		}
	}
}

// TestContains wants marks to be found wherever decoding could find them.
func TestContains(t *testing.T) {
	long := strings.Repeat("x", 2*whole)
	for name, tc := range map[string]struct {
		text string
		want string
	}{
		"other":     {"kind: Pod\n---\n{\"kind\": \"a\\\"b\\\\\"}\n---\na: \\", "false false false"},
		"mark":      {"kind: Pod\n---\nkind: Constraint\n", "false true"},
		"second":    {"a: gatekeeper.sh/v1\n", "true"},
		"escape":    {`{"kind": "\u0043onstraint"}`, "true"},
		"slash":     {`{"a": "gatekeeper.sh\/v1"}`, "true"},
		"hex":       {`a: "\x43"`, "true"},
		"fold":      {"a: \"Con\\\n  straint\"", "true"},
		"error":     {"a: \x00", "true"},
		"list":      {`{"apiVersion": "gatekeeper.sh/v1", "kind": "List", "items": [{"x": "` + long + `"}, {}]}`, "true true"},
		"list kind": {`{"apiVersion": "v1", "kind": "ConstraintList", "items": [{"x": "` + long + `"}, {}]}`, "true true"},
		"no list":   {`{"apiVersion": "v1", "kind": "PodList", "items": [{"x": "` + long + `"}, {}]}`, "false false"},
	} {
		t.Run(name, func(t *testing.T) {
			got := []string{}
			for text := range ParseTexts("f", strings.NewReader(tc.text), Options{}) {
				got = append(got, fmt.Sprint(text.Contains("Constraint", "gatekeeper.sh/v1")))
			}
			if diff := cmp.Diff(tc.want, strings.Join(got, " ")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestLists wants Lists of any size and form to be left as they are.
func TestLists(t *testing.T) {
	long := strings.Repeat("x", 2*whole)
	item := "- apiVersion: v1\n  x: " + long + "\n"
	json := `{"kind": "List", "items": [{"kind": "List", "items": []}, 1, {"x": "%s"}], "metadata": {}}` + "\n"
	for name, tc := range map[string]struct {
		text string
		want []string
	}{
		"json":       {fmt.Sprintf(json, "") + fmt.Sprintf(json, ""), []string{"f:1 List", "f:2 List"}},
		"large json": {fmt.Sprintf(json, long) + fmt.Sprintf(json, long), []string{"f:1 List", "f:2 List"}},
		"yaml":       {"kind: List\nitems:\n- 1\n- kind: B\n---\nkind: PodList\nitems:\n", []string{"f:1 List", "f:6 PodList"}},
		"large yaml": {"kind: PodList\nitems:\n" + item + item + "---\nitems:\n" + item + item + "kind: List\n", []string{"f:1 PodList", "f:8 List"}},
		"too large": {"kind: PodList\nitems:\n" + item + item + item + item + "---\n" + fmt.Sprintf(json, long+long+long) + fmt.Sprintf(json, ""), []string{
			"error f:1: document too large: the document has more than 6291456 bytes", "error f:12: document too large: the document has more than 6291456 bytes", "f:13 List"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, streamed(tc.text, Options{Lists: true, Limit: 6 << 20})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v2"
)

// bomb is a text of YAML that is small and stands for 10^9 values.
var bomb = func() string {
	text := "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
	for i := '1'; i <= '9'; i++ {
		text += "a" + string(i) + ": &a" + string(i) + " [" + strings.Repeat("*a"+string(i-1)+",", 9) + "*a" + string(i-1) + "]\n"
	}
	return text
}()

// TestHostile wants texts that were made to harm to be refused, and what is
// behind them to be read.
func TestHostile(t *testing.T) {
	const deep = 20_000
	const tooDeep = "f:2: malformed document: exceeded max depth of 10000, in the document that begins here"
	for name, tc := range map[string]struct{ text, want string }{
		"bomb":      {bomb, "f:2: malformed document: document contains excessive aliasing, in the document that begins here"},
		"json":      {`{"a": ` + strings.Repeat("[", deep) + strings.Repeat("]", deep) + "}\n", tooDeep},
		"flow":      {"a: " + strings.Repeat("[", deep) + strings.Repeat("]", deep) + "\n", tooDeep},
		"maps":      {"a: " + strings.Repeat("{a: ", deep) + strings.Repeat("}", deep) + "\n", tooDeep},
		"block":     {strings.Repeat("- ", deep) + "a\n", tooDeep},
		"itself":    {"a: &a\n  b: *a\n", "f:2: malformed document: anchor 'a' value contains itself, in the document that begins here"},
		"no anchor": {"b: *a\n", "f:2: malformed document: unknown anchor 'a' referenced, in the document that begins here"},
		"open":      {"a: \"b\n", "f:3: malformed document: found unexpected end of stream"},
	} {
		t.Run(name, func(t *testing.T) {
			got := streamed("---\n"+tc.text+"---\nkind: B\n", Options{})
			line := fmt.Sprintf("f:%d B", 3+strings.Count(tc.text, "\n"))
			if diff := cmp.Diff([]string{"error " + tc.want, line}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// FuzzSplit wants no byte of a text with content to be lost between two units,
// and the documents to be those that YAML's library finds.
func FuzzSplit(f *testing.F) {
	for _, seed := range []string{
		stream, "a: 1\n--- {b: 1}\n...\n# c\nd: 1", "%YAML 1.1\n---\na: 1\n...\n%YAML 1.1\n---\nb: 1\n", "a: |\n  ---\n --- \n---\nb: 1",
		"--- |\n x\n---\n\n--- a\n", "a: \"\n---\n\"\n", "\xef\xbb\xbfa: 1\r\n---\r\nb: 1\r\n", "  a: 1\nb: 2\n", "a\r---\rb",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		units := []Text{}
		read("f", strings.NewReader(text), Options{}, func(u Text) bool {
			units = append(units, u)
			return true
		})
		lossless(t, text, units)
		documents, failed := []any{}, false
		for _, u := range units {
			if u.err != nil || u.json {
				return
			}
			value, empty, err := u.decodeYAML()
			failed = failed || err != nil
			if !empty {
				documents = append(documents, value)
			}
		}
		if failed {
			return
		}
		decoder := yaml.NewDecoder(bytes.NewReader([]byte(text)))
		decoder.SetStrict(true)
		want := []any{}
		for {
			var value any
			err := decoder.Decode(&value)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return // for example a mark in front of a separator: files that were joined are read
			}
			if value == nil {
				continue
			}
			if value, err = plain(value); err != nil {
				return
			}
			want = append(want, value)
		}
		if diff := cmp.Diff(want, documents); diff != "" {
			t.Errorf("the library (-) and the units (+) differ in %q: %s", text, diff)
		}
	})
}

// lossless wants only blank lines, comments and separators to stand between
// units of YAML, and the units to be the text.
func lossless(t *testing.T, text string, units []Text) {
	t.Helper()
	lines := strings.SplitAfter(text, "\n")
	at := 0
	gap := func(end int) {
		for _, line := range lines[at:end] {
			line = strings.TrimSpace(strings.TrimPrefix(line, "\xef\xbb\xbf"))
			if line != "" && line[0] != '#' && line != "..." && line != "---" && !isMarker([]byte(line)) {
				t.Fatalf("%q is in no unit of %q", line, text)
			}
		}
	}
	for _, u := range units {
		if u.err != nil || u.json {
			return
		}
		gap(u.line - 1)
		at = u.line - 1 + max(len(strings.SplitAfter(strings.TrimSuffix(string(u.text), "\n"), "\n")), 1)
		want := strings.Join(lines[u.line-1:at], "")
		if found := string(u.text); strings.TrimPrefix(want, "\xef\xbb\xbf") != strings.TrimPrefix(found, "\xef\xbb\xbf") {
			t.Fatalf("a unit is %q, and the lines are %q", found, want)
		}
	}
	gap(len(lines))
}

package ui

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestEntry wants long texts to be wrapped on a terminal, and one line each in
// a pipe.
func TestEntry(t *testing.T) {
	entry := Entry{
		Heading: []Cell{{Text: "a.yaml:1", Tone: Faint}, {Text: "Pod x"}},
		Lines: []Line{
			{Cell{Text: "deny"}, "Kind/name", "a text\nof two lines"},
			{Cell{Text: "a-long-action"}, "Kind/other", "short \x1b[31mred"},
		},
	}
	for width, want := range map[int]string{
		0: "a.yaml:1  Pod x\n  deny    Kind/name: a text of two lines\n  a-long-action  Kind/other: short  [31mred\n",
		32: "a.yaml:1  Pod x\n  deny    Kind/name: a text of\n          two lines\n" +
			"  a-long-action  Kind/other: short\n          [31mred\n",
	} {
		var out strings.Builder
		if err := entry.Write(&out, NewTheme(&out, false, width)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, out.String()); diff != "" {
			t.Errorf("width %d: %s", width, diff)
		}
	}
}

package ui

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTable(t *testing.T) {
	table := Table{
		Columns: []string{"name", "state", "message"},
		Rows: [][]Cell{
			{Text("a"), {Text: "reached", Tone: Good}, Text("")},
			{Text("long-name"), {Text: "paused", Tone: Warn}, Text("a\nline and \x1b[31mescape")},
		},
	}
	for name, tc := range map[string]struct {
		colour bool
		width  int
		want   string
	}{
		"pipe": {want: "NAME        STATE     MESSAGE\n" +
			"a           reached\n" +
			"long-name   paused    a line and  [31mescape\n"},
		"narrow": {width: 34, want: "NAME        STATE     MESSAGE\n" +
			"a           reached\n" +
			"long-name   paused    a line and …\n"},
		"colour": {colour: true, width: 80, want: "\x1b[1mNAME\x1b[0m        \x1b[1mSTATE\x1b[0m     \x1b[1mMESSAGE\x1b[0m\n" +
			"a           \x1b[32mreached\x1b[0m\n" +
			"long-name   \x1b[33mpaused\x1b[0m    a line and  [31mescape\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if err := table.Write(&out, NewTheme(&out, tc.colour, tc.width)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, out.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWriteError(t *testing.T) {
	var out bytes.Buffer
	err := WriteError(&out, NewTheme(&out, false, 0), "reading x\nsecond \x1b line", []string{"run y"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("error: reading x\n  second   line\n  → run y\n", out.String()); diff != "" {
		t.Error(diff)
	}
}

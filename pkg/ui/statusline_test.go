package ui

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestStatusLine shows three texts and clears the line twice: what is not there
// is not taken away.
func TestStatusLine(t *testing.T) {
	const erase = "\r\x1b[K"
	for name, tc := range map[string]struct {
		colour bool
		width  int
		want   string
	}{
		"no terminal": {want: ""},
		"terminal":    {width: 80, want: erase + "waiting for a" + erase + "waiting for the rest" + erase + "b c" + erase},
		// The last column stays free: a terminal would break the line there.
		"narrow":         {width: 14, want: erase + "waiting for a" + erase + "waiting for …" + erase + "b c" + erase},
		"narrower":       {width: 4, want: erase + "wa…" + erase + "wa…" + erase + "b c" + erase},
		"with colour":    {colour: true, width: 80, want: erase + "\x1b[2mwaiting for a\x1b[0m" + erase + "\x1b[2mwaiting for the rest\x1b[0m" + erase + "\x1b[2mb c\x1b[0m" + erase},
		"colour, a pipe": {colour: true, want: ""},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			status := NewStatusLine(&out, NewTheme(&out, tc.colour, tc.width))
			status.Clear()
			for _, text := range []string{"waiting for a", "waiting for the rest", "b\nc"} {
				status.Show(text)
			}
			status.Clear()
			status.Clear()
			if diff := cmp.Diff(tc.want, out.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWriteWarning(t *testing.T) {
	var out bytes.Buffer
	if err := WriteWarning(&out, NewTheme(&out, true, 0), "beware\nof this\n"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("\x1b[33mwarning:\x1b[0m beware\n  of this\n", out.String()); diff != "" {
		t.Error(diff)
	}
}

package ui

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRedraw(t *testing.T) {
	for name, tc := range map[string]struct {
		width int
		want  string
	}{
		"pipe":            {0, "a\nb\ncd\nA\nB\n"},
		"terminal":        {80, "a\nb\n\r\x1b[2A\x1b[Jcd\n\r\x1b[A\x1b[JA\nB\n"},
		"narrow terminal": {1, "a\nb\n\r\x1b[2A\x1b[Jcd\n\r\x1b[2A\x1b[JA\nB\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			redraw := NewRedraw(&out)
			for _, text := range []string{"a\nb\n", "cd\n", "A\nB\n"} {
				if err := redraw.Show(text, tc.width); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(tc.want, out.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRedrawKeeps(t *testing.T) {
	var out bytes.Buffer
	redraw := NewRedraw(&out)
	_ = redraw.Show("a\n", 80)
	redraw.Keep()
	_ = redraw.Show("b\n", 80)
	if diff := cmp.Diff("a\nb\n", out.String()); diff != "" {
		t.Error(diff)
	}
}

// TestRows holds how a terminal breaks lines: colours take no room, a line that
// just fits no second row.
func TestRows(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "\n": 1, "four\n": 1, "fives\n": 2, "eight888\n": 2, "\x1b[1mfour\x1b[0m\n": 1, "a\n\nb": 3,
	} {
		if got := rows(text, 4); got != want {
			t.Errorf("%q: want %d rows, found %d", text, want, got)
		}
	}
}

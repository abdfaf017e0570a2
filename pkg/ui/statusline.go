package ui

import (
	"io"

	"github.com/charmbracelet/x/ansi"
)

// StatusLine is one line on a terminal that is written over and over: what is
// waited for. On anything but a terminal it shows nothing.
type StatusLine struct {
	out   io.Writer
	theme *Theme
	shown bool
}

// NewStatusLine makes a line that is not there yet.
func NewStatusLine(out io.Writer, theme *Theme) *StatusLine {
	return &StatusLine{out: out, theme: theme}
}

// Show puts a text in the place of the one before, cut to the width.
func (s *StatusLine) Show(text string) {
	if s.theme.Width == 0 {
		return
	}
	text = ansi.Truncate(oneLine(text), s.theme.Width-1, "…")
	_, _ = io.WriteString(s.out, "\r"+ansi.EraseLineRight+s.theme.Paint(Faint, text))
	s.shown = true
}

// Clear takes the line away, so that the next output stands on a clean one.
func (s *StatusLine) Clear() {
	if s.shown {
		_, _ = io.WriteString(s.out, "\r"+ansi.EraseLineRight)
		s.shown = false
	}
}

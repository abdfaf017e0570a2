package ui

import (
	"io"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Redraw is a text of several lines that is shown over and over: on a terminal
// each takes the place of the one before, elsewhere it is appended.
type Redraw struct {
	out io.Writer
	// rows is how many rows of the terminal the text before takes.
	rows int
}

// NewRedraw makes a text that is not there yet.
func NewRedraw(out io.Writer) *Redraw { return &Redraw{out: out} }

// Show shows a text that ends with a line. Width is the terminal's, 0 elsewhere.
func (r *Redraw) Show(text string, width int) error {
	place := ""
	if width > 0 && r.rows > 0 {
		place = "\r" + ansi.CursorUp(r.rows) + ansi.EraseScreenBelow
	}
	r.rows = rows(text, width)
	_, err := io.WriteString(r.out, place+text)
	return err
}

// Keep leaves the text where it is: something else was printed after it.
func (r *Redraw) Keep() { r.rows = 0 }

// rows counts the rows of a text on a terminal, which breaks lines that are too
// long for it.
func rows(text string, width int) int {
	count := 0
	for line := range strings.Lines(text) {
		count++
		if long := ansi.StringWidth(line); width > 0 && long > width {
			count += (long - 1) / width
		}
	}
	return count
}

package ui

import (
	"io"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Entry is a heading, and lines that belong to it.
type Entry struct {
	Heading []Cell
	Lines   []Line
}

// Line is a word, what it is about, and a text.
type Line struct {
	Label Cell
	About string
	Text  string
}

// indent is what lines stand behind their heading, labelled how wide labels
// are.
const (
	indent   = "  "
	labelled = 6
)

// Write renders the entry. On a terminal long texts go on in the next line,
// below where they begin; in a pipe each line is one.
func (e Entry) Write(out io.Writer, theme *Theme) error {
	var text strings.Builder
	for i, cell := range e.Heading {
		if i > 0 {
			text.WriteString(indent)
		}
		text.WriteString(theme.Paint(cell.Tone, oneLine(cell.Text)))
	}
	text.WriteByte('\n')
	for _, line := range e.Lines {
		label := oneLine(line.Label.Text)
		text.WriteString(indent + theme.Paint(line.Label.Tone, label) + strings.Repeat(" ", max(0, labelled-ansi.StringWidth(label))) + indent)
		text.WriteString(strings.Join(wrap(oneLine(line.About)+": "+oneLine(line.Text), theme.Width), "\n"+strings.Repeat(" ", behind)))
		text.WriteByte('\n')
	}
	_, err := io.WriteString(out, text.String())
	return err
}

// behind is where texts begin.
const behind = len(indent) + labelled + len(indent)

// wrap cuts a text into lines that fit beside a label.
func wrap(text string, width int) []string {
	const least = 20
	if width == 0 {
		return []string{text}
	}
	return strings.Split(ansi.Wrap(text, max(width-behind, least), ""), "\n")
}

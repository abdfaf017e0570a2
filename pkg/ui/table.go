package ui

import (
	"io"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Cell is one field of a table.
type Cell struct {
	Text string
	Tone Tone
}

// Text makes a plain cell.
func Text(text string) Cell { return Cell{Text: text} }

// Table is a header and rows, as a value.
type Table struct {
	Columns []string
	Rows    [][]Cell
}

// gap is what stands between two columns, as in kubectl.
const gap = "   "

// Write renders the table with aligned columns. On a terminal that is too
// narrow the widest columns are cut, ending in "…"; in a pipe nothing is cut.
func (t Table) Write(out io.Writer, theme *Theme) error {
	widths := t.widths()
	if theme.Width > 0 {
		fit(widths, theme.Width)
	}
	header := make([]Cell, len(t.Columns))
	for i, column := range t.Columns {
		header[i] = Cell{Text: strings.ToUpper(column), Tone: Strong}
	}
	var text strings.Builder
	for _, row := range append([][]Cell{header}, t.Rows...) {
		text.WriteString(line(row, widths, theme))
		text.WriteByte('\n')
	}
	_, err := io.WriteString(out, text.String())
	return err
}

func (t Table) widths() []int {
	widths := make([]int, len(t.Columns))
	for i, column := range t.Columns {
		widths[i] = ansi.StringWidth(column)
	}
	for _, row := range t.Rows {
		for i, cell := range row {
			widths[i] = max(widths[i], ansi.StringWidth(oneLine(cell.Text)))
		}
	}
	return widths
}

// fit narrows the widest column, again and again, until the row fits. No
// column gets narrower than a readable stub.
func fit(widths []int, limit int) {
	const stub = 8
	total := len(gap) * (len(widths) - 1)
	for _, width := range widths {
		total += width
	}
	for total > limit {
		widest := 0
		for i := range widths {
			if widths[i] > widths[widest] {
				widest = i
			}
		}
		if widths[widest] <= stub {
			return
		}
		widths[widest]--
		total--
	}
}

func line(row []Cell, widths []int, theme *Theme) string {
	var text strings.Builder
	for i, cell := range row {
		content := ansi.Truncate(oneLine(cell.Text), widths[i], "…")
		text.WriteString(theme.Paint(cell.Tone, content))
		if i < len(row)-1 {
			text.WriteString(strings.Repeat(" ", widths[i]-ansi.StringWidth(content)))
			text.WriteString(gap)
		}
	}
	return strings.TrimRight(text.String(), " ")
}

// oneLine keeps a cell on its row, and control characters of an object's
// fields off the terminal.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text)
}

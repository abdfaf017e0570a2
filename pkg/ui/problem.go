package ui

import (
	"fmt"
	"io"
	"strings"
)

// WriteError prints an error and its next steps.
func WriteError(out io.Writer, theme *Theme, text string, next []string) error {
	return writeProblem(out, theme, Bad, "error", text, next)
}

// WriteWarning prints a warning: something that the user should know and that
// did not stop the command.
func WriteWarning(out io.Writer, theme *Theme, text string) error {
	return writeProblem(out, theme, Warn, "warning", text, nil)
}

func writeProblem(out io.Writer, theme *Theme, tone Tone, label, text string, next []string) error {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", theme.Paint(tone, label+":"), clean(lines[0]))
	for _, line := range lines[1:] {
		fmt.Fprintf(&b, "  %s\n", clean(line))
	}
	for _, step := range next {
		fmt.Fprintf(&b, "  %s %s\n", theme.Paint(Strong, "→"), clean(step))
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// clean keeps control characters of foreign texts off the terminal.
func clean(line string) string {
	return oneLine(strings.ReplaceAll(line, "\t", "  "))
}

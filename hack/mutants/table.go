package main

import (
	"fmt"
	"os"
	"strings"
)

// The table stands between these lines of the page.
const (
	begin = "<!-- written by: make generate -->\n"
	end   = "<!-- end -->\n"
)

// document writes the table into the page.
func document(file string, mutations []mutation) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	filled, err := fill(string(text), table(mutations))
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return os.WriteFile(file, []byte(filled), 0o644)
}

// fill puts the table in the place of what is between the two lines.
func fill(text, table string) (string, error) {
	before, rest, found := strings.Cut(text, begin)
	_, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		return "", fmt.Errorf("want the lines %q and %q", begin, end)
	}
	return before + begin + table + end + after, nil
}

// table is what people read of the mutations.
func table(mutations []mutation) string {
	var text strings.Builder
	text.WriteString("| mutation | file | what it breaks |\n|---|---|---|\n")
	for _, m := range mutations {
		fmt.Fprintf(&text, "| `%s` | `%s` | %s |\n", m.id, m.file, strings.ReplaceAll(m.breaks, "|", `\|`))
	}
	return text.String()
}

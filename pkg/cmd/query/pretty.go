package query

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
)

// writePretty prints a single value as indented JSON, and all else as a grid
// of variables and expressions, as "opa eval" does.
func writePretty(out io.Writer, result kubequery.Result) error {
	if len(result.Rows) == 0 {
		_, err := fmt.Fprintln(out, "undefined")
		return err
	}
	first := result.Rows[0]
	if len(result.Rows) == 1 && len(first.Bindings) == 0 && (len(first.Expressions) == 1 || conditions(first)) {
		return manifest.WriteJSON(out, first.Expressions[0].Value)
	}
	header, read := columns(first)
	rows := [][]string{}
	for _, row := range result.Rows {
		cells := []string{}
		for _, value := range read(row) {
			text, err := compact(value)
			if err != nil {
				return fmt.Errorf("printing the result: %w", err)
			}
			cells = append(cells, text)
		}
		rows = append(rows, cells)
	}
	return writeGrid(out, header, rows)
}

// conditions tells whether all expressions are plain conditions.
func conditions(row kubequery.Row) bool {
	return !slices.ContainsFunc(row.Expressions, func(e kubequery.Expression) bool {
		_, isBool := e.Value.(bool)
		return !isBool
	})
}

// columns are the expressions that have a value of their own, and then the
// variables by name; beside variables, conditions say nothing. read returns
// the values of one row.
func columns(first kubequery.Row) (header []string, read func(kubequery.Row) []any) {
	shown := []int{}
	for i, expression := range first.Expressions {
		if _, isBool := expression.Value.(bool); !isBool || len(first.Bindings) == 0 {
			shown = append(shown, i)
			header = append(header, expression.Text)
		}
	}
	variables := slices.Sorted(maps.Keys(first.Bindings))
	header = append(header, variables...)
	return header, func(row kubequery.Row) []any {
		all := []any{}
		for _, i := range shown {
			all = append(all, row.Expressions[i].Value)
		}
		for _, variable := range variables {
			all = append(all, row.Bindings[variable])
		}
		return all
	}
}

// writeGrid prints a table with lines around its cells: their JSON has spaces
// of its own, so that columns need a border.
func writeGrid(out io.Writer, header []string, rows [][]string) error {
	widths := make([]int, len(header))
	for _, row := range append([][]string{header}, rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var text strings.Builder
	rule := func(left, cross, right string) {
		lines := []string{}
		for _, width := range widths {
			lines = append(lines, strings.Repeat("─", width+2))
		}
		text.WriteString(left + strings.Join(lines, cross) + right + "\n")
	}
	line := func(cells []string) {
		for i, cell := range cells {
			text.WriteString("│ " + cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)) + " ")
		}
		text.WriteString("│\n")
	}
	rule("┌", "┬", "┐")
	line(header)
	rule("├", "┼", "┤")
	for _, row := range rows {
		line(row)
	}
	rule("└", "┴", "┘")
	_, err := io.WriteString(out, text.String())
	return err
}

package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// A Goal is what was to be reached, and what was.
type Goal struct {
	Benchmark string `json:"benchmark"`
	Want      string `json:"want"`
	Found     string `json:"found"`
	Reached   bool   `json:"reached"`
}

// Faster wants a program to take less time than another by a factor.
func Faster(ours, other Row, factor float64) Goal {
	found := ratio(Median(each(other.Runs, wall)), Median(each(ours.Runs, wall)))
	return Goal{
		Benchmark: ours.Benchmark, Want: fmt.Sprintf("%g times faster than %s", factor, other.Program),
		Found: fmt.Sprintf("%.1f times", found), Reached: found >= factor,
	}
}

// Leaner wants a program to take less memory than another by a factor.
func Leaner(ours, other Row, factor float64) Goal {
	found := ratio(Median(each(other.Runs, memory)), Median(each(ours.Runs, memory)))
	return Goal{
		Benchmark: ours.Benchmark, Want: fmt.Sprintf("1/%g of the memory of %s", factor, other.Program),
		Found: fmt.Sprintf("1/%.1f", found), Reached: found >= factor,
	}
}

// Flat wants memory for more objects to be at most a factor of that for fewer.
func Flat(more, fewer Row, factor float64) Goal {
	found := ratio(Median(each(more.Runs, memory)), Median(each(fewer.Runs, memory)))
	return Goal{
		Benchmark: more.Benchmark, Want: fmt.Sprintf("memory for %d objects within %g times that for %d", more.Objects, factor, fewer.Objects),
		Found: fmt.Sprintf("%.2f times", found), Reached: found <= factor,
	}
}

// Within wants a time to be at most a limit.
func Within(row Row, limit time.Duration) Goal {
	found := Median(each(row.Runs, wall))
	return Goal{Benchmark: row.Benchmark, Want: "within " + duration(limit), Found: duration(found), Reached: found <= limit}
}

// NoSlower wants a program to take no more time than another that was measured
// right after it each time: the median of the pairs' differences is at most 0.
func NoSlower(ours, other Row) Goal {
	differences := []time.Duration{}
	for i, run := range ours.Runs {
		differences = append(differences, run.Wall-other.Runs[i].Wall)
	}
	found := Median(differences)
	word := "more"
	if found < 0 {
		word = "less"
	}
	return Goal{
		Benchmark: ours.Benchmark, Want: "no slower than " + other.Program,
		Found: duration(found.Abs()) + " " + word, Reached: found <= 0,
	}
}

// ratio of nothing is nothing, so that it reaches no goal that wants more.
func ratio[T ~int64](a, b T) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

var goalHeader = []string{"benchmark", "goal", "found", "reached"}

func (g Goal) cells() []string {
	reached := "no"
	if g.Reached {
		reached = "yes"
	}
	return []string{g.Benchmark, g.Want, g.Found, reached}
}

// table is a header and lines of cells.
type table struct {
	header []string
	lines  [][]string
}

// tables are what was measured and, where there are any, goals.
func (r *Report) tables() []table {
	rows := table{header: header}
	for _, row := range r.Rows {
		rows.lines = append(rows.lines, row.cells())
	}
	if len(r.Goals) == 0 {
		return []table{rows}
	}
	goals := table{header: goalHeader}
	for _, goal := range r.Goals {
		goals.lines = append(goals.lines, goal.cells())
	}
	return []table{rows, goals}
}

func (t table) writeText(out io.Writer) error {
	columns := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, cells := range append([][]string{t.header}, t.lines...) {
		fmt.Fprintln(columns, strings.ReplaceAll(strings.Join(cells, "\t"), "`", ""))
	}
	return columns.Flush()
}

func (t table) markdown() string {
	line := func(cells []string) string { return "| " + strings.Join(cells, " | ") + " |\n" }
	text := line(t.header) + strings.Repeat("|---", len(t.header)) + "|\n"
	for _, cells := range t.lines {
		text += line(cells)
	}
	return text
}

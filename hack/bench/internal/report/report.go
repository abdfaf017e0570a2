// Package report is what was measured, and how it is shown.
package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/process"
)

// A Report is all that was measured in one run.
type Report struct {
	Machine string `json:"machine"` // operating system, architecture, processors
	Rows    []Row  `json:"rows"`
}

// A Row is what one program took for one benchmark.
type Row struct {
	Benchmark string          `json:"benchmark"`
	About     string          `json:"about"`
	Pods      int             `json:"pods"`
	Peer      string          `json:"peer"`
	Program   string          `json:"program"`
	Runs      []process.Usage `json:"runs"` // in the order of time
}

// New is an empty report of this machine.
func New() *Report {
	return &Report{Machine: fmt.Sprintf("%s/%s, %d processors", runtime.GOOS, runtime.GOARCH, runtime.NumCPU()), Rows: []Row{}}
}

// Median is the median of a list: of an even number the mean of the two in the
// middle, of none 0.
func Median[T ~int64](values []T) T {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return sorted[middle-1] + (sorted[middle]-sorted[middle-1])/2
}

func each[T cmp.Ordered](runs []process.Usage, of func(process.Usage) T) []T {
	values := []T{}
	for _, run := range runs {
		values = append(values, of(run))
	}
	return values
}

func wall(u process.Usage) time.Duration { return u.Wall }
func cpu(u process.Usage) time.Duration  { return u.CPU }
func memory(u process.Usage) int64       { return u.Memory }

// header and cells are the table: a line a row.
var header = []string{"benchmark", "pods", "program", "time", "from–to", "CPU", "memory"}

func (r Row) cells() []string {
	walls := each(r.Runs, wall)
	return []string{
		r.About, fmt.Sprint(r.Pods), r.Program,
		seconds(Median(walls)),
		seconds(slices.Min(walls)) + "–" + seconds(slices.Max(walls)),
		seconds(Median(each(r.Runs, cpu))),
		fmt.Sprintf("%d MB", megabytes(Median(each(r.Runs, memory)))),
	}
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }

// megabytes rounds to 10^6 bytes.
func megabytes(bytes int64) int64 { return (bytes + 500_000) / 1_000_000 }

// WriteText writes a table for a terminal.
func (r *Report) WriteText(out io.Writer) error {
	fmt.Fprintln(out, r.Machine)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, strings.Join(header, "\t"))
	for _, row := range r.Rows {
		fmt.Fprintln(table, strings.ReplaceAll(strings.Join(row.cells(), "\t"), "`", ""))
	}
	return table.Flush()
}

// WriteMarkdown writes a table for a page.
func (r *Report) WriteMarkdown(out io.Writer) error {
	line := func(cells []string) string { return "| " + strings.Join(cells, " | ") + " |\n" }
	text := line(header) + strings.Repeat("|---", len(header)) + "|\n"
	for _, row := range r.Rows {
		text += line(row.cells())
	}
	_, err := io.WriteString(out, text)
	return err
}

// WriteJSON writes every single run.
func (r *Report) WriteJSON(out io.Writer) error {
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}

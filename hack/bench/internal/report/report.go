// Package report is what was measured, and how it is shown.
package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/process"
)

// A Report is all that was measured in one run.
type Report struct {
	Machine string `json:"machine"` // operating system, architecture, processors
	Rows    []Row  `json:"rows"`
	Goals   []Goal `json:"goals,omitempty"`
}

// A Row is what one program took for one benchmark.
type Row struct {
	Benchmark string          `json:"benchmark"`
	About     string          `json:"about"`
	Objects   int             `json:"objects"` // 0 where it has nothing to do with any
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
var header = []string{"benchmark", "objects", "program", "time", "from–to", "CPU", "memory"}

func (r Row) cells() []string {
	walls := each(r.Runs, wall)
	return []string{
		r.About, known(r.Objects, strconv.Itoa), r.Program,
		duration(Median(walls)),
		duration(slices.Min(walls)) + "–" + duration(slices.Max(walls)),
		known(Median(each(r.Runs, cpu)), duration),
		known(Median(each(r.Runs, memory)), megabytes),
	}
}

// known is a value as text, or a dash for what was not measured.
func known[T comparable](value T, text func(T) string) string {
	var zero T
	if value == zero {
		return "–"
	}
	return text(value)
}

// duration is in seconds, or in milliseconds where it takes no tenth of one.
func duration(d time.Duration) string {
	if d < 100*time.Millisecond {
		return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
	}
	return fmt.Sprintf("%.2f s", d.Seconds())
}

// megabytes rounds to 10^6 bytes.
func megabytes(bytes int64) string { return fmt.Sprintf("%d MB", (bytes+500_000)/1_000_000) }

// WriteText writes tables for a terminal.
func (r *Report) WriteText(out io.Writer) error {
	fmt.Fprintln(out, r.Machine)
	for i, t := range r.tables() {
		if i > 0 {
			fmt.Fprintln(out)
		}
		if err := t.writeText(out); err != nil {
			return err
		}
	}
	return nil
}

// WriteMarkdown writes tables for a page.
func (r *Report) WriteMarkdown(out io.Writer) error {
	texts := []string{}
	for _, t := range r.tables() {
		texts = append(texts, t.markdown())
	}
	_, err := io.WriteString(out, strings.Join(texts, "\n"))
	return err
}

// WriteJSON writes every single run.
func (r *Report) WriteJSON(out io.Writer) error {
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}

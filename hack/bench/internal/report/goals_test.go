package report

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/process"
)

// took is a row whose runs took so many milliseconds, and megabytes.
func took(program string, objects int, values ...int64) Row {
	row := Row{Benchmark: "b", About: "a benchmark", Objects: objects, Program: program}
	for _, value := range values {
		row.Runs = append(row.Runs, process.Usage{Wall: time.Duration(value) * time.Millisecond, CPU: time.Second, Memory: value * 1_000_000})
	}
	return row
}

func TestGoals(t *testing.T) {
	ours, other, none := took("ours", 10, 90, 100, 200), took("other", 10, 790, 810, 900), took("none", 0, 0)
	for _, tc := range []struct{ got, want Goal }{
		{Faster(ours, other, 8), Goal{"b", "8 times faster than other", "8.1 times", true}},
		{Faster(ours, other, 8.2), Goal{"b", "8.2 times faster than other", "8.1 times", false}},
		{Faster(none, other, 8), Goal{"b", "8 times faster than other", "0.0 times", false}},
		{Leaner(ours, other, 8), Goal{"b", "1/8 of the memory of other", "1/8.1", true}},
		{Leaner(ours, other, 20), Goal{"b", "1/20 of the memory of other", "1/8.1", false}},
		{Flat(took("ours", 100, 130), ours, 1.3), Goal{"b", "memory for 100 objects within 1.3 times that for 10", "1.30 times", true}},
		{Flat(took("ours", 100, 131), ours, 1.3), Goal{"b", "memory for 100 objects within 1.3 times that for 10", "1.31 times", false}},
		{Within(ours, 100*time.Millisecond), Goal{"b", "within 0.10 s", "0.10 s", true}},
		{Within(ours, 99*time.Millisecond), Goal{"b", "within 99.0 ms", "0.10 s", false}},
		// The medians are 100 and 120, but of two pairs ours is slower.
		{NoSlower(ours, took("other", 0, 70, 120, 190)), Goal{"b", "no slower than other", "10.0 ms more", false}},
		{NoSlower(ours, took("other", 0, 90, 120, 190)), Goal{"b", "no slower than other", "0.0 ms more", true}},
		{NoSlower(ours, took("other", 0, 95, 120, 190)), Goal{"b", "no slower than other", "5.0 ms less", true}},
	} {
		if diff := cmp.Diff(tc.want, tc.got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestWriteGoals(t *testing.T) {
	r := &Report{Machine: "plan9/mips, 3 processors", Rows: []Row{took("`ours`", 10, 90)}}
	r.Goals = []Goal{Within(r.Rows[0], time.Second), Within(r.Rows[0], time.Millisecond)}
	const text = `plan9/mips, 3 processors
benchmark    objects  program  time     from–to          CPU     memory
a benchmark  10       ours     90.0 ms  90.0 ms–90.0 ms  1.00 s  90 MB

benchmark  goal           found    reached
b          within 1.00 s  90.0 ms  yes
b          within 1.0 ms  90.0 ms  no
`
	const markdown = "| benchmark | objects | program | time | from–to | CPU | memory |\n|---|---|---|---|---|---|---|\n" +
		"| a benchmark | 10 | `ours` | 90.0 ms | 90.0 ms–90.0 ms | 1.00 s | 90 MB |\n\n" +
		"| benchmark | goal | found | reached |\n|---|---|---|---|\n| b | within 1.00 s | 90.0 ms | yes |\n| b | within 1.0 ms | 90.0 ms | no |\n"
	var onTerminal, onPage strings.Builder
	if err := r.WriteText(&onTerminal); err != nil {
		t.Fatal(err)
	}
	if err := r.WriteMarkdown(&onPage); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(text, onTerminal.String()) + cmp.Diff(markdown, onPage.String()); diff != "" {
		t.Error(diff)
	}
}

package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/process"
)

func TestMedian(t *testing.T) {
	for _, tc := range []struct {
		values []int64
		want   int64
	}{
		{nil, 0},
		{[]int64{7}, 7},
		{[]int64{9, 1, 5}, 5},
		{[]int64{9, 1, 5, 6}, 5},
		{[]int64{100, 1, 1, 1, 100}, 1},
		{[]int64{1<<63 - 1, 1<<63 - 3}, 1<<63 - 2},
	} {
		before := append([]int64{}, tc.values...)
		if got := Median(tc.values); got != tc.want {
			t.Errorf("%v: want %d, found %d", tc.values, tc.want, got)
		}
		if diff := cmp.Diff(before, append([]int64{}, tc.values...)); diff != "" {
			t.Error(diff)
		}
	}
}

// example has a row whose three medians are of three runs.
func example() *Report {
	return &Report{Machine: "plan9/mips, 3 processors", Rows: []Row{
		{Benchmark: "calls", About: "2 `name` calls", Objects: 20000, Peer: "plugin", Program: "`kubectl opa query`", Runs: []process.Usage{
			{Wall: 1500 * time.Millisecond, CPU: time.Second, Memory: 3_400_000},
			{Wall: time.Second, CPU: 3 * time.Second, Memory: 1_500_000},
			{Wall: 2 * time.Second, CPU: 2 * time.Second, Memory: 1_000_000},
		}},
		{Benchmark: "count", About: "count", Objects: 3, Peer: "raw", Program: "`kubectl get --raw`", Runs: []process.Usage{{}}},
	}}
}

func TestWrite(t *testing.T) {
	const text = `plan9/mips, 3 processors
benchmark     objects  program            time    from–to        CPU     memory
2 name calls  20000    kubectl opa query  1.50 s  1.00 s–2.00 s  2.00 s  2 MB
count         3        kubectl get --raw  0.0 ms  0.0 ms–0.0 ms  –       –
`
	var out strings.Builder
	if err := example().WriteText(&out); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(text, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestWriteFile(t *testing.T) {
	const markdown = `| benchmark | objects | program | time | from–to | CPU | memory |
|---|---|---|---|---|---|---|
| 2 ` + "`name` calls | 20000 | `kubectl opa query`" + ` | 1.50 s | 1.00 s–2.00 s | 2.00 s | 2 MB |
| count | 3 | ` + "`kubectl get --raw`" + ` | 0.0 ms | 0.0 ms–0.0 ms | – | – |
`
	const json = `{
  "machine": "plan9/mips, 3 processors",
  "rows": [
    {
      "benchmark": "count",
      "about": "count",
      "objects": 3,
      "peer": "raw",
      "program": "` + "`kubectl get --raw`" + `",
      "runs": [
        {
          "wall": 0,
          "cpu": 0,
          "memory": 0
        }
      ]
    }
  ]
}
`
	dir := t.TempDir()
	one := example()
	one.Rows = one.Rows[1:]
	for name, tc := range map[string]struct {
		report *Report
		want   string
	}{"r.md": {example(), markdown}, "r.json": {one, json}} {
		path := filepath.Join(dir, name)
		for range 2 { // the second replaces the first
			if err := tc.report.WriteFile(path); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tc.want, string(got)); diff != "" {
			t.Error(diff)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 2 {
		t.Errorf("the folder has %v, %v", files, err)
	}
}

func TestWriteFileFails(t *testing.T) {
	want := "choosing a format for r.txt: its name ends neither in .md nor in .json"
	for _, err := range []error{CheckName("r.txt"), example().WriteFile("r.txt")} {
		if err == nil || err.Error() != want {
			t.Errorf("want %s, found %v", want, err)
		}
	}
	if err := CheckName("r.md"); err != nil {
		t.Error(err)
	}
	path := filepath.Join(t.TempDir(), "none", "r.md")
	if err := example().WriteFile(path); err == nil || !strings.HasPrefix(err.Error(), "writing "+path+": ") {
		t.Errorf("writing into a folder that is not there: %v", err)
	}
}

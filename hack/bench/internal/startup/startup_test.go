package startup

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/process"
	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/report"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == process.LaunchCommand {
		os.Exit(process.Launch(os.Args[2:]))
	}
	os.Exit(m.Run())
}

// script writes a shell script as a program.
func script(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestMeasure wants the calls in pairs, the first of which are not counted.
func TestMeasure(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	t.Setenv("LOG", log)
	o := Options{Plugin: script(t, `echo "plugin $*" | tee -a "$LOG"`), Gator: script(t, `echo "gator $*" | tee -a "$LOG"`), Home: t.TempDir(), Only: []string{"help", "render"}, Runs: 2}
	got := &report.Report{}
	if err := Measure(t.Context(), o, got); err != nil {
		t.Fatal(err)
	}
	row := func(benchmark, about, peer, program string) report.Row {
		return report.Row{Benchmark: benchmark, About: about, Peer: peer, Program: program, Runs: make([]process.Usage, 2)}
	}
	want := &report.Report{
		Rows: []report.Row{
			row("help", "`kubectl opa --help`", "plugin", "`kubectl opa`"),
			row("help", "`gator --help`", "gator", "`gator --help`"),
			row("render", "`kubectl opa registry render`, offline", "plugin", "`kubectl opa`"),
			row("render", "`gator --help`", "gator", "`gator --help`"),
		},
		Goals: []report.Goal{{Benchmark: "help", Want: "no slower than `gator --help`"}, {Benchmark: "render", Want: "no slower than `gator --help`"}},
	}
	ignored := cmp.Options{cmpopts.IgnoreFields(process.Usage{}, "Wall", "CPU", "Memory"), cmpopts.IgnoreFields(report.Goal{}, "Found", "Reached")}
	if diff := cmp.Diff(want, got, ignored); diff != "" {
		t.Error(diff)
	}
	calls, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	const help, render = "plugin --help\ngator --help\n", "plugin registry render --prefix quay.io/\ngator --help\n"
	if diff := cmp.Diff(help+help+help+render+render+render, string(calls)); diff != "" {
		t.Error(diff)
	}
}

func TestMeasureRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"exit 0":                "running help: it says nothing",
		"echo no >&2; exit 2\n": "running help: measuring program: exit status 2\nno",
	} {
		o := Options{Plugin: script(t, text), Gator: script(t, "echo usage"), Home: t.TempDir(), Runs: 1}
		into := &report.Report{}
		if err := Measure(t.Context(), o, into); err == nil || err.Error() != want || len(into.Rows) > 0 {
			t.Errorf("want %s, found %v", want, err)
		}
	}
}

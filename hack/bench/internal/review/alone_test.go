package review

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/manifests"
	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/policies"
	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/process"
	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/report"
)

// fewPods are Pods of which one of ten has a fault.
func fewPods(count int) benchmark {
	return benchmark{name: "few", about: "few", set: policies.Many, format: manifests.JSON, pods: manifests.Pods{Count: count, Every: 10, Faults: regoFaults}}
}

func TestAlone(t *testing.T) {
	p := pluginSaying(reported)
	s := session(t, p)
	row, err := s.alone(t.Context(), p, fewPods(20), p.counted, countMessages)
	if err != nil {
		t.Fatal(err)
	}
	want := report.Row{Benchmark: "few", About: "few", Objects: 20, Peer: Plugin, Program: "`kubectl opa test`", Runs: make([]process.Usage, 2)}
	if diff := cmp.Diff(want, row, cmpopts.IgnoreFields(process.Usage{}, "Wall", "CPU", "Memory")); diff != "" {
		t.Error(diff)
	}
	message := "counting findings: want 3, found 2"
	if _, err := s.alone(t.Context(), p, fewPods(30), p.counted, countMessages); err == nil || err.Error() != message {
		t.Errorf("want %s, found %v", message, err)
	}
}

func TestCount(t *testing.T) {
	for text, want := range map[string]int{"": 0, "a\n": 1, "a\n\nb": 2, strings.Repeat("x", 9000) + "\ny\n": 2} {
		if got, err := countLines(strings.NewReader(text)); err != nil || got != want {
			t.Errorf("%q: want %d, found %d, %v", text, want, got, err)
		}
	}
	if got, err := countMessages(strings.NewReader(reported)); err != nil || got != 2 {
		t.Errorf("want 2, found %d, %v", got, err)
	}
}

// script is a plugin that is a shell script. It gets: test -o FORMAT -f POLICIES
// -f OBJECTS.
func script(t *testing.T, text string) Peer {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kubectl-opa")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o700); err != nil {
		t.Fatal(err)
	}
	p, err := MakePeer(t.Context(), Plugin, root, t.TempDir(), path)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestRunAlone has a plugin whose table is the objects themselves.
func TestRunAlone(t *testing.T) {
	needGator(t)
	s := session(t, script(t, `
if [ $3 = json ]; then
	printf '{"findings": ['
	for i in 1 2 3 4 5 6 7 8 9; do printf '{"message": "%s"},' $i; done
	printf '{"message": "10"}]}'
elif [ "$7" = - ]; then
	cat
else
	cat "$7"
fi
exit 1
`))
	if err := s.Run(t.Context(), []string{memory, first}); err != nil {
		t.Fatal(err)
	}
	found := []string{}
	for _, row := range s.Report.Rows {
		found = append(found, fmt.Sprintf("%s: %s, %d, %d runs", row.Benchmark, row.About, row.Objects, len(row.Runs)))
	}
	for _, goal := range s.Report.Goals {
		found = append(found, goal.Benchmark+": "+goal.Want)
	}
	want := []string{
		"memory-1: 1 % violating, `-o json`, 100, 2 runs",
		"memory-1: 1 % violating, `-o json`, 1000, 2 runs",
		"memory-100: 100 % violating, `-o table`, 100, 2 runs",
		"memory-100: 100 % violating, `-o table`, 1000, 2 runs",
		"first-json: first finding of 1 MB of json on stdin, 0, 2 runs",
		"first-yaml: first finding of 1 MB of yaml on stdin, 0, 2 runs",
		"first-file: first finding of 1 MB of json in a file, 0, 2 runs",
		"memory-1: memory for 1000 objects within 1.3 times that for 100",
		"memory-100: memory for 1000 objects within 1.3 times that for 100",
		"first-json: within 0.30 s",
		"first-yaml: within 0.30 s",
		"first-file: within 0.30 s",
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Error(diff)
	}
	if files, err := filepath.Glob(filepath.Join(s.Dir, "*.json")); err != nil || len(files) > 0 {
		t.Errorf("of the objects there is still %v, %v", files, err)
	}
}

// TestNoFirst has a plugin that reads all and finds nothing.
func TestNoFirst(t *testing.T) {
	needGator(t)
	s := session(t, script(t, "cat >/dev/null; echo nothing >&2"))
	want := "running first: measuring kubectl-opa: waiting for a line with \"" + endless.First().Name + "\": EOF\nnothing"
	if err := s.Run(t.Context(), []string{first}); err == nil || err.Error() != want || len(s.Report.Rows) > 0 {
		t.Errorf("want %s, found %v", want, err)
	}
}

// TestStream wants a stream to end with a whole document, when it is as long as
// it is to be: in what is made before, and behind it.
func TestStream(t *testing.T) {
	for _, length := range []int64{ahead / 16, ahead + 1_000_000} {
		s := session(t)
		s.Stream = length
		feed, err := s.begun(manifests.YAML)
		if err != nil {
			t.Fatal(err)
		}
		var text bytes.Buffer
		if err := feed(&text); err != nil {
			t.Fatal(err)
		}
		if length := int64(text.Len()); length < s.Stream || length > s.Stream+100_000 {
			t.Errorf("it has %d bytes", length)
		}
		if !strings.Contains(text.String(), endless.First().Name) || !strings.HasSuffix(text.String(), "\nstatus: {}\n") {
			t.Errorf("it ends with %s", text.Bytes()[text.Len()-100:])
		}
		var last any
		documents := strings.Split(text.String(), "---\n")
		if err := yaml.Unmarshal([]byte(documents[len(documents)-1]), &last); err != nil {
			t.Error(err)
		}
	}
}

package peer

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/process"
	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/suite"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == process.LaunchCommand {
		os.Exit(process.Launch(os.Args[2:]))
	}
	os.Exit(m.Run())
}

// benchmark is a real one.
func benchmark(t *testing.T, name string) suite.Benchmark {
	t.Helper()
	all, err := suite.Write(t.TempDir(), []string{name}, suite.Input{})
	if err != nil {
		t.Fatal(err)
	}
	return all[0]
}

// prints is a peer that prints a text, whatever it is to run.
func prints(text string, evaluates bool) Peer {
	return Peer{Name: "echo", evaluates: evaluates, env: []string{"TEXT=" + text}, args: func(suite.Benchmark) []string {
		return []string{"/bin/sh", "-c", `printf %s "$TEXT"`}
	}}
}

func TestPeer(t *testing.T) {
	const (
		wrong = "running echo: checking the result of count: want 2, found 3"
		none  = "running echo: reading the result of count: unexpected end of JSON input: "
		short = "running echo: checking the result of count: want 2 pods, found 1"
		cut   = "running echo: counting the items of a list: unexpected EOF"
	)
	truth := suite.Truth{Count: 2}
	count, calls := benchmark(t, "count"), benchmark(t, "calls")
	for name, tc := range map[string]struct {
		peer            Peer
		measure, warmUp string
	}{
		"true result":  {prints("2", true), "", ""},
		"wrong result": {prints("3", true), wrong, wrong},
		"no result":    {prints("", true), none, none},
		"whole list":   {prints(`{"items": [{}, {}]}`, false), "", ""},
		"short list":   {prints(`{"items": [{}]}`, false), "", short},
		"cut off":      {prints(`{"items": [{}, {`, false), "", cut},
	} {
		t.Run(name, func(t *testing.T) {
			usage, err := tc.peer.Measure(t.Context(), count, truth)
			if diff := cmp.Diff(tc.measure, message(err)); diff != "" || (err == nil) != (usage.Wall > 0) {
				t.Error(usage, diff)
			}
			if diff := cmp.Diff(tc.warmUp, message(tc.peer.WarmUp(t.Context(), count, truth))); diff != "" {
				t.Error(diff)
			}
			if !tc.peer.Runs(count) || tc.peer.Runs(calls) != tc.peer.evaluates {
				t.Errorf("it runs count: %t, calls: %t", tc.peer.Runs(count), tc.peer.Runs(calls))
			}
		})
	}
}

func TestPeerFails(t *testing.T) {
	for _, evaluates := range []bool{true, false} {
		p := Peer{Name: "sh", evaluates: evaluates, args: func(suite.Benchmark) []string {
			return []string{"/bin/sh", "-c", "echo refused >&2; exit 1"}
		}}
		want := "running sh: measuring sh: exit status 1\nrefused"
		if err := p.WarmUp(t.Context(), benchmark(t, "count"), suite.Truth{}); message(err) != want {
			t.Errorf("want %s, found %v", want, err)
		}
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

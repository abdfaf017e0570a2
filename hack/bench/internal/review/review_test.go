package review

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/manifests"
	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/policies"
	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/process"
	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/report"
)

const root = "../../../.."

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == process.LaunchCommand {
		os.Exit(process.Launch(os.Args[2:]))
	}
	os.Exit(m.Run())
}

// The findings of two of the constraints, as gator prints them, and a report.
const (
	one      = `{"msg": "one", "constraint": {"kind": "PodVolumes", "metadata": {"name": "bench"}}, "violatingObject": {"kind": "Pod"}}`
	two      = `{"msg": "two", "constraint": {"kind": "NamespaceName", "metadata": {"name": "bench"}}, "violatingObject": {"kind": "Namespace"}}`
	reported = `{"findings": [{"message": "two"}, {"message": "one"}]}`
)

// says is a shell script that prints a text and exits.
func says(text, exit string) []string {
	return []string{"/bin/sh", "-c", "printf '%s\n' '" + text + "'; exit " + exit, "sh"}
}

func gatorSaying(texts ...string) Peer {
	return Peer{Name: Gator, About: "`gator test`", counted: says("["+strings.Join(texts, ",")+"]", "1")}
}

func pluginSaying(text string, texts ...string) Peer {
	return Peer{Name: Plugin, About: "`kubectl opa test`", counted: says(text, "1"), compared: gatorSaying(texts...).counted}
}

func session(t *testing.T, peers ...Peer) *Session {
	t.Helper()
	return &Session{
		Root: root, Dir: t.TempDir(), Peers: peers, Runs: 2, Pods: 100, Mixed: 100, Stream: 1_000_000,
		Say: t.Logf, Report: &report.Report{},
	}
}

func TestCompare(t *testing.T) {
	s := session(t, pluginSaying(reported, one, two), gatorSaying(two, one))
	if err := s.Run(t.Context(), []string{many}); err != nil {
		t.Fatal(err)
	}
	row := report.Row{Benchmark: many, About: "40 Rego templates, mixed objects in YAML", Objects: 100, Peer: Plugin, Program: "`kubectl opa test`", Runs: make([]process.Usage, 2)}
	other := row
	other.Peer, other.Program = Gator, "`gator test`"
	goals := []report.Goal{{Benchmark: many, Want: "8 times faster than `gator test`"}, {Benchmark: many, Want: "1/20 of the memory of `gator test`"}}
	want := &report.Report{Rows: []report.Row{row, other}, Goals: goals}
	ignored := cmp.Options{cmpopts.IgnoreFields(process.Usage{}, "Wall", "CPU", "Memory"), cmpopts.IgnoreFields(report.Goal{}, "Found", "Reached")}
	if diff := cmp.Diff(want, s.Report, ignored); diff != "" {
		t.Error(diff)
	}
	if files, err := filepath.Glob(filepath.Join(s.Dir, many+".*")); err != nil || len(files) > 0 {
		t.Errorf("of the objects there is still %v, %v", files, err)
	}
}

// TestGatorAlone wants gator to be measured where there is no plugin yet.
func TestGatorAlone(t *testing.T) {
	s := session(t, gatorSaying(two, one))
	if err := s.Run(t.Context(), []string{many, memory, first}); err != nil {
		t.Fatal(err)
	}
	if len(s.Report.Rows) != 1 || len(s.Report.Rows[0].Runs) != 2 || len(s.Report.Goals) != 0 {
		t.Errorf("found %+v", s.Report)
	}
}

func TestCompareRefuses(t *testing.T) {
	// It says something else each time.
	changes := pluginSaying(reported, one, two)
	changes.counted = []string{"/bin/sh", "-c", `echo "{\"pid\": $$, \"findings\": [{\"message\": \"two\"}, {\"message\": \"one\"}]}"; exit 1`, "sh"}
	silent := gatorSaying(one, two)
	silent.counted = says("[]", "0")
	for want, peers := range map[string][]Peer{
		"running many: running gator: comparing findings: it has not found {Kind:NamespaceName ":                        {pluginSaying(reported, one, two), gatorSaying(one)},
		"running many: running plugin: comparing findings: nobody else found {Kind:NamespaceName ":                      {gatorSaying(one), pluginSaying(reported, one, two)},
		"running many: running plugin: comparing messages: want \"two\" 1 times, found it 0 times":                      {gatorSaying(one, two), pluginSaying(`{"findings": [{"message": "one"}]}`, one, two)},
		"running many: running plugin: its report differs from that of the first run":                                   {gatorSaying(one, two), changes},
		"running many: running gator: counting findings by constraint: want map[PodVolumes:1], found map[PodVolumes:2]": {gatorSaying(one, one)},
		"running many: running gator: counting findings by constraint: want map[], found map[]":                         {gatorSaying()},
		"running many: running gator: measuring sh: exit status 0, want 1":                                              {silent},
	} {
		s := session(t, peers...)
		if err := s.Run(t.Context(), []string{many}); err == nil || !strings.HasPrefix(err.Error(), want) || len(s.Report.Rows) > 0 {
			t.Errorf("want %s, found %v", want, err)
		}
	}
}

// needGator skips a test where neither gator nor its module is there.
func needGator(t *testing.T) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(root, ".cache/bin/gator")); err != nil {
		t.Skip("gator is not built: make controlplane")
	}
}

// TestGator wants the real gator to find what the objects were made for, on few
// objects.
func TestGator(t *testing.T) {
	needGator(t)
	gator, err := MakePeer(t.Context(), Gator, root, t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range []benchmark{
		{name: "rego", set: policies.Rego, format: manifests.JSON, pods: manifests.Pods{Count: 80, Every: 10, Faults: regoFaults}},
		{name: "cel", set: policies.CEL, format: manifests.YAML, pods: manifests.Pods{Count: 50, Every: 1, Faults: celFaults}},
		{name: "many", set: policies.Many, format: manifests.YAML, mixed: 100},
	} {
		t.Run(b.name, func(t *testing.T) {
			s := session(t, gator)
			s.Runs = 1
			if err := s.compare(t.Context(), b); err != nil {
				t.Fatal(err)
			}
			found := s.Report.Rows[0].Runs
			if len(found) != 1 || found[0].Memory == 0 {
				t.Errorf("it took %+v", found)
			}
		})
	}
}

func TestMakePeer(t *testing.T) {
	p, err := MakePeer(t.Context(), Plugin, "/none", "/home/u", "/bin/kubectl-opa")
	if err != nil {
		t.Fatal(err)
	}
	f := files{"/policies", "-"}
	for _, tc := range []struct {
		call []string
		want string
	}{
		{p.counted, "/bin/kubectl-opa test -o json -f /policies -f -"},
		{p.compared, "/bin/kubectl-opa test --as gator -o gator-json -f /policies -f -"},
		{p.asTable(), "/bin/kubectl-opa test -o table -f /policies -f -"},
	} {
		if diff := cmp.Diff(tc.want, strings.Join(p.command(tc.call, f).Args, " ")); diff != "" {
			t.Error(diff)
		}
	}
	want := `making gator: finding gator: stat /none/.cache/bin/gator: no such file or directory: run "make controlplane" first`
	if _, err := MakePeer(t.Context(), Gator, "/none", "", ""); err == nil || err.Error() != want {
		t.Errorf("want %s, found %v", want, err)
	}
}

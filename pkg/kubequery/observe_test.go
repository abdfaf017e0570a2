package kubequery

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

const observed = `package p

import data.kubernetes.api.client

answer if {
	trace("asking")
	some name in ["a", "b"]
	client.query_name_ns("pods", name, "x").metadata.labels.owner == "team"
}

answer if never_read
never_read if client.query_all("nodes")
`

func observe(t *testing.T, observe Observe, expr string) (Result, *fake, error) {
	t.Helper()
	cluster := newFake(always(200, aPod))
	result, err := Evaluate(t.Context(), cluster, Options{
		Expr: expr, Paths: []string{"p.rego"}, FS: fstest.MapFS{"p.rego": {Data: []byte(observed)}}, Observe: observe,
	})
	return result, cluster, err
}

func TestExplain(t *testing.T) {
	for explain, want := range map[Explain]string{
		"":         "",
		ExplainOff: "",
		ExplainNotes: `query:1      Enter data.p.answer = _
p.rego:5     | Enter data.p.answer
p.rego:6     | | Note "asking"`,
		ExplainFails: ``,
	} {
		result, _, err := observe(t, Observe{Explain: explain}, "data.p.answer")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, strings.Join(result.Explanation, "\n")); diff != "" {
			t.Errorf("%s: %s", explain, diff)
		}
	}
	lengths := map[Explain]int{}
	for _, explain := range []Explain{ExplainFull, ExplainDebug} {
		result, _, err := observe(t, Observe{Explain: explain}, "data.p.answer")
		if err != nil || !strings.Contains(strings.Join(result.Explanation, "\n"), "| Exit data.p.answer") {
			t.Error(explain, result.Explanation, err)
		}
		lengths[explain] = len(result.Explanation)
	}
	if lengths[ExplainDebug] <= lengths[ExplainFull] {
		t.Errorf("want debug to be more than full: %v", lengths)
	}
	if ExplainOff.On() || Explain("").On() || !ExplainNotes.On() {
		t.Error("off is off, and notes are on")
	}
}

// TestExplainFailure shows that the trace of an evaluation that an error ended
// is there.
func TestExplainFailure(t *testing.T) {
	result, _, err := observe(t, Observe{Explain: ExplainFull}, `data.kubernetes.api.client.query_all("podz")`)
	if err == nil || !strings.Contains(strings.Join(result.Explanation, "\n"), "| Enter data.kubernetes.api.client.query_all") {
		t.Error(result.Explanation, err)
	}
}

func TestProfile(t *testing.T) {
	all, _, err := observe(t, Observe{Profile: true, ProfileSort: []string{"num_eval", "line"}}, "data.p.answer")
	if err != nil {
		t.Fatal(err)
	}
	places := []CostPlace{}
	for _, cost := range all.Profile {
		if cost.Time <= 0 || cost.Evals == 0 || cost.Expressions == 0 {
			t.Errorf("%+v", cost)
		}
		if cost.Place.File == "p.rego" {
			places = append(places, cost.Place)
		}
	}
	if diff := cmp.Diff([]CostPlace{{"p.rego", 8, 2}, {"p.rego", 7, 15}, {"p.rego", 6, 2}}, places); diff != "" {
		t.Error(diff)
	}
	few, _, err := observe(t, Observe{Profile: true, ProfileLimit: 2}, "data.p.answer")
	if err != nil || len(few.Profile) != 2 || few.Profile[0].Time < few.Profile[1].Time {
		t.Error(few.Profile, err)
	}
	none, _, err := observe(t, Observe{Profile: true}, "data.p.nothing")
	if err != nil || none.Profile == nil {
		t.Error(none, err)
	}
}

// TestCoverage shows what is covered, that the client is not counted, and that
// nothing more is asked for it.
func TestCoverage(t *testing.T) {
	result, cluster, err := observe(t, Observe{Coverage: true}, "data.p.answer")
	if err != nil {
		t.Fatal(err)
	}
	at := func(row, col, endRow, endCol int) CodeRange {
		return CodeRange{Location{row, col}, Location{endRow, endCol}}
	}
	file := FileCoverage{
		Covered:      []CodeRange{at(5, 1, 5, 7), at(6, 2, 6, 17), at(7, 2, 7, 25), at(7, 15, 7, 25), at(8, 2, 8, 41), at(8, 2, 8, 73)},
		NotCovered:   []CodeRange{at(11, 1, 11, 7), at(11, 11, 11, 21), at(12, 1, 12, 11), at(12, 15, 12, 40)},
		CoveredLines: 4, NotCoveredLines: 2, Percent: 100 * 4.0 / 6,
	}
	want := &Coverage{Files: map[string]FileCoverage{"p.rego": file}, CoveredLines: 4, NotCoveredLines: 2, Percent: file.Percent}
	if diff := cmp.Diff(want, result.Coverage); diff != "" {
		t.Error(diff)
	}
	if len(cluster.requests) != 1 {
		t.Errorf("want one request, found %v", cluster.requests)
	}
}

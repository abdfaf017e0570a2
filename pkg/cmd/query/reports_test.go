package query

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
)

// withReports is a result with all that can be observed beside it.
func withReports() kubequery.Result {
	at := func(first, last int) kubequery.CodeRange {
		return kubequery.CodeRange{Start: kubequery.Location{Row: first, Col: 1}, End: kubequery.Location{Row: last, Col: 9}}
	}
	return kubequery.Result{
		Rows: []kubequery.Row{{
			Expressions: []kubequery.Expression{{Value: true, Text: "x = 1", Location: kubequery.Location{Row: 1, Col: 1}}},
			Bindings:    map[string]any{"x": 1},
		}},
		Explanation: []string{"query:1     Enter x = 1", "p.rego:3    | Enter data.p.q"},
		Profile: []kubequery.Cost{
			{Time: int64(1500 * time.Microsecond), Evals: 10, Redos: 2, Expressions: 3, Place: kubequery.CostPlace{File: "p.rego", Row: 7, Col: 2}},
			{Time: 900, Evals: 1, Redos: 1, Expressions: 1, Place: kubequery.CostPlace{Row: 1, Col: 1}},
			{Time: 800, Evals: 1, Expressions: 1, Place: kubequery.CostPlace{File: "p.rego", Row: 3, Col: 2}},
		},
		Coverage: &kubequery.Coverage{
			Files: map[string]kubequery.FileCoverage{
				"p.rego": {
					Covered: []kubequery.CodeRange{at(1, 1)}, NotCovered: []kubequery.CodeRange{at(3, 3), at(3, 5), at(6, 6), at(9, 9)},
					CoveredLines: 1, NotCoveredLines: 5, Percent: 100.0 / 6,
				},
				"a.rego": {Covered: []kubequery.CodeRange{at(1, 2)}, CoveredLines: 1999, Percent: 100},
			},
			CoveredLines: 2000, NotCoveredLines: 1, Percent: 99.95,
		},
	}
}

const (
	explanation = "query:1     Enter x = 1\np.rego:3    | Enter data.p.q\n"
	tables      = `┌───────┬──────────┬──────────┬──────────────┬──────────┐
│ Time  │ Num Eval │ Num Redo │ Num Gen Expr │ Location │
├───────┼──────────┼──────────┼──────────────┼──────────┤
│ 1.5ms │ 10       │ 2        │ 3            │ p.rego:7 │
│ 900ns │ 1        │ 1        │ 1            │ query:1  │
│ 800ns │ 1        │ 0        │ 1            │ p.rego:3 │
└───────┴──────────┴──────────┴──────────────┴──────────┘
┌────────┬─────────┬───────────────────┐
│ File   │ Covered │ Lines not covered │
├────────┼─────────┼───────────────────┤
│ a.rego │ 100.0 % │                   │
│ p.rego │ 16.6 %  │ 3-6, 9            │
│ all    │ 99.9 %  │                   │
└────────┴─────────┴───────────────────┘
`
)

// TestReports shows where the trace, the profile and the coverage go: before
// and after the result for people, aside where the output is values only.
func TestReports(t *testing.T) {
	for format, tc := range map[string]struct{ out, aside string }{
		formatPretty:   {out: explanation + "┌───┐\n│ x │\n├───┤\n│ 1 │\n└───┘\n" + tables},
		formatRaw:      {out: "true\n", aside: explanation + tables},
		formatValues:   {out: "[\n  true\n]\n", aside: explanation + tables},
		formatBindings: {out: "{\n  \"x\": 1\n}\n", aside: explanation + tables},
	} {
		var out, aside bytes.Buffer
		if err := (view{format: format}).write(&out, &aside, withReports()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{tc.out, tc.aside}, []string{out.String(), aside.String()}); diff != "" {
			t.Errorf("%s: %s", format, diff)
		}
		if err := (view{format: format}).write(full{}, full{}, withReports()); !errors.Is(err, errFull) {
			t.Errorf("%s: on a full disk: %v", format, err)
		}
	}
}

// TestJSONReports shows that machines get all of it in one document, and the
// profile in an order that is the same every time, unless one was asked for.
func TestJSONReports(t *testing.T) {
	for sorted, order := range map[bool][3]string{false: {line1, line3, line7}, true: {line7, line1, line3}} {
		var out, aside bytes.Buffer
		if err := (view{formatJSON, sorted}).write(&out, &aside, withReports()); err != nil {
			t.Fatal(err)
		}
		want := head + order[0] + ",\n" + order[1] + ",\n" + order[2] + tail
		if diff := cmp.Diff(want, out.String()); diff != "" || aside.Len() > 0 {
			t.Error(diff, aside.String())
		}
	}
}

var errFull = errors.New("no space left on device")

// full is a disk that takes nothing more.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

const (
	head = `{
  "result": [
    {
      "expressions": [
        {
          "value": true,
          "text": "x = 1",
          "location": {
            "row": 1,
            "col": 1
          }
        }
      ],
      "bindings": {
        "x": 1
      }
    }
  ],
  "explanation": [
    "query:1     Enter x = 1",
    "p.rego:3    | Enter data.p.q"
  ],
  "profile": [
`
	line7 = `    {
      "total_time_ns": 1500000,
      "num_eval": 10,
      "num_redo": 2,
      "num_gen_expr": 3,
      "location": {
        "file": "p.rego",
        "row": 7,
        "col": 2
      }
    }`
	line1 = `    {
      "total_time_ns": 900,
      "num_eval": 1,
      "num_redo": 1,
      "num_gen_expr": 1,
      "location": {
        "file": "",
        "row": 1,
        "col": 1
      }
    }`
	line3 = `    {
      "total_time_ns": 800,
      "num_eval": 1,
      "num_redo": 0,
      "num_gen_expr": 1,
      "location": {
        "file": "p.rego",
        "row": 3,
        "col": 2
      }
    }`
	tail = `
  ],
  "coverage": {
    "files": {
      "a.rego": {
        "covered": [
          {
            "start": {
              "row": 1,
              "col": 1
            },
            "end": {
              "row": 2,
              "col": 9
            }
          }
        ],
        "covered_lines": 1999,
        "coverage": 100
      },
      "p.rego": {
        "covered": [
          {
            "start": {
              "row": 1,
              "col": 1
            },
            "end": {
              "row": 1,
              "col": 9
            }
          }
        ],
        "not_covered": [
          {
            "start": {
              "row": 3,
              "col": 1
            },
            "end": {
              "row": 3,
              "col": 9
            }
          },
          {
            "start": {
              "row": 3,
              "col": 1
            },
            "end": {
              "row": 5,
              "col": 9
            }
          },
          {
            "start": {
              "row": 6,
              "col": 1
            },
            "end": {
              "row": 6,
              "col": 9
            }
          },
          {
            "start": {
              "row": 9,
              "col": 1
            },
            "end": {
              "row": 9,
              "col": 9
            }
          }
        ],
        "covered_lines": 1,
        "not_covered_lines": 5,
        "coverage": 16.666666666666668
      }
    },
    "covered_lines": 2000,
    "not_covered_lines": 1,
    "coverage": 99.95
  }
}
`
)

package query

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/encode"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

func TestParseTest(t *testing.T) {
	plain := kubequery.Options{Paths: []string{"a", "b"}, Observe: kubequery.Observe{Explain: kubequery.ExplainOff}}
	with := func(change func(*kubequery.Options)) kubequery.Options {
		changed := plain
		change(&changed)
		return changed
	}
	for name, tc := range map[string]struct {
		args []string
		want kubequery.TestOptions
	}{
		"plain":  {args: []string{"a", "b"}, want: kubequery.TestOptions{Options: plain, Timeout: 30 * time.Second}},
		"bundle": {args: []string{"-b", "a", "b"}, want: kubequery.TestOptions{Options: with(func(o *kubequery.Options) { o.Paths, o.Bundles = nil, o.Paths }), Timeout: 30 * time.Second}},
		"threshold": {
			args: []string{"a", "b", "--threshold", "80"},
			want: kubequery.TestOptions{Options: with(func(o *kubequery.Options) { o.Observe.Coverage = true }), Timeout: 30 * time.Second},
		},
		"all flags": {
			args: []string{"a", "b", "-r", "x", "--timeout", "1m", "--coverage", "--explain", "full", "--v0-compatible", "--strict-builtin-errors", "--verbose", "--allow-empty"},
			want: kubequery.TestOptions{Run: "x", Timeout: time.Minute, Options: with(func(o *kubequery.Options) {
				o.V0Compatible, o.StrictBuiltinErrors = true, true
				o.Observe = kubequery.Observe{Explain: kubequery.ExplainFull, Coverage: true}
			})},
		},
	} {
		t.Run(name, func(t *testing.T) {
			env, _, _ := newEnv()
			cmd, f := newTest(env), &testFlags{}
			cmd.ResetFlags()
			f.add(cmd)
			if err := cmd.ParseFlags(tc.args); err != nil {
				t.Fatal(err)
			}
			got, err := f.toOptions(env, cmd.Flags().Args())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got.TestOptions, cmpopts.IgnoreFields(kubequery.Options{}, "Notify", "Redact")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMisuseOfTest(t *testing.T) {
	const verbose = "all tests are shown with --verbose here; -v takes a number, and shows requests"
	for name, tc := range map[string]struct {
		args      []string
		err, next string
	}{
		"no path":        {err: "test takes PATH..., found nothing", next: "see test --help"},
		"opa's format":   {args: []string{"a", "--format", "json"}, err: "unknown flag: --format", next: "the format is --output here"},
		"opa's -f":       {args: []string{"a", "-fjson"}, err: "unknown shorthand flag: 'f'", next: "the format is --output here"},
		"opa's -z":       {args: []string{"a", "-z"}, err: "unknown shorthand flag: 'z'", next: "skipped tests are no failure here"},
		"opa's parallel": {args: []string{"a", "--parallel", "4"}, err: "unknown flag: --parallel", next: "tests run one after the other here"},
		"unknown flag":   {args: []string{"a", "--nope"}, err: "unknown flag: --nope", next: "see test --help"},
		"opa's -v":       {args: []string{"a", "-v"}, err: "flag needs an argument: 'v' in -v", next: verbose},
		"opa's -v first": {args: []string{"-v", "a"}, err: `invalid argument "a" for "-v, --v" flag`, next: verbose},
		"threshold":      {args: []string{"a", "--threshold", "-1"}, err: "--threshold -1 is none", next: "give a percentage, 0 to 100"},
		"no number":      {args: []string{"a", "--threshold", "NaN"}, err: "--threshold NaN is none", next: "give a percentage, 0 to 100"},
		"timeout":        {args: []string{"a", "--timeout", "-1s"}, err: "--timeout -1s leaves no time", next: "give a duration, such as 30s"},
		"output":         {args: []string{"a", "-o", "tap"}, err: `unknown output format "tap"`, next: "choose one of pretty, json, yaml, junit"},
		"explain":        {args: []string{"a", "--explain", "x"}, err: `unknown --explain "x"`, next: "choose one of off, full, notes, fails, debug"},
	} {
		t.Run(name, func(t *testing.T) {
			env, out, _ := newEnv()
			env.Now = time.Now
			cmd := newTest(env)
			cmd.Flags().IntVarP(&env.Verbosity, "v", "v", 0, "")
			cmd.SilenceErrors, cmd.SilenceUsage = true, true
			cmd.SetArgs(append([]string{}, tc.args...))
			err := cmd.ExecuteContext(t.Context())
			if err == nil || !strings.Contains(err.Error(), tc.err) || strings.Join(advice.Next(err), "\n") != tc.next {
				t.Errorf("want an error with %s\nfound %v, next %q", tc.err, err, advice.Next(err))
			}
			if out.Len() > 0 {
				t.Errorf("want nothing on stdout, found %s", out)
			}
		})
	}
}

// TestLoneWord shows which words are taken for a mistyped subcommand.
func TestLoneWord(t *testing.T) {
	const near = `unknown command "%s" for query`
	for args, want := range map[string]string{
		"tets": near, "tes": near, "tests": near, "tets policies": `unknown command "tets" for query`, "1 policies": "want one expression, found 2 arguments",
		"data": "", "input": "", "true": "", "testing_something": "unsafe_var", "-- tets": "unsafe_var", "data.tets": "", `"tets"`: "",
	} {
		env, _, _ := newEnv()
		cmd := New(env)
		cmd.SilenceErrors, cmd.SilenceUsage = true, true
		cmd.SetArgs(strings.Fields(args))
		err := cmd.ExecuteContext(t.Context())
		want = strings.ReplaceAll(want, "%s", args)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: want %q, found %v", args, want, err)
		}
		if next := advice.Next(err); strings.HasPrefix(want, "unknown") && !cmp.Equal(next, []string{"did you mean query test? An expression of that name goes behind --"}) {
			t.Errorf("%s: next %q", args, next)
		}
	}
}

// ran is a run with every outcome.
func ran() kubequery.TestRun {
	at := func(file string, line int) manifest.Position {
		return manifest.Position{File: file, Line: line, Column: 2}
	}
	return kubequery.TestRun{Tests: []kubequery.TestResult{
		{Position: at("a.rego", 3), Package: "data.a", Name: "test_passes", Outcome: kubequery.TestPassed, Duration: 1234567 * time.Nanosecond, Printed: []string{"a.rego:4:2: hello"}},
		{
			Position: at("a.rego", 7), Package: "data.a", Name: "test_fails", Outcome: kubequery.TestFailed, Duration: 500,
			FailedAt: &kubequery.FailedExpression{Position: at("a.rego", 8), Text: "x == 1"}, Explanation: []string{"query:1   Enter", "a.rego:7  | Fail"},
			Cases: []kubequery.TestCase{{Name: []string{"one", "bad"}, Failed: true}, {Name: []string{"one", "good"}}},
		},
		{
			Position: at("b.rego", 3), Package: "data.b", Name: "test_breaks", Outcome: kubequery.TestError, Duration: 2345 * time.Millisecond,
			Err: advice.Errorf("do that", "one\ntwo"),
		},
		{Position: at("b.rego", 5), Package: "data.b", Name: "test_excluded", Outcome: kubequery.TestFailed},
		{Position: at("b.rego", 9), Package: "data.b", Name: "todo_test_later", Outcome: kubequery.TestSkipped},
	}}
}

func TestWriteTests(t *testing.T) {
	const (
		failures = `a.rego:7: data.a.test_fails: FAIL (500ns)
  a.rego:8:2: x == 1
  the case one / bad fails
  query:1   Enter
  a.rego:7  | Fail
b.rego:3: data.b.test_breaks: ERROR (2.35s)
  one
  two
  → do that
b.rego:5: data.b.test_excluded: FAIL (0s)
b.rego:9: data.b.todo_test_later: SKIPPED
`
		summary = "\nPASS: 1/5\nFAIL: 2/5\nSKIPPED: 1/5\nERROR: 1/5\n"
		passes  = "a.rego:3: data.a.test_passes: PASS (1.23ms)\n  printed at a.rego:4:2: hello\n"
	)
	for verbose, want := range map[bool]string{false: failures + summary, true: passes + failures + summary} {
		var out bytes.Buffer
		if err := writeTests(&out, ui.NewTheme(&out, false, 0), ran(), verbose); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, out.String()); diff != "" {
			t.Error(diff)
		}
	}
	if err := writeTests(full{}, ui.NewTheme(full{}, false, 0), ran(), false); !errors.Is(err, errFull) {
		t.Errorf("on a full disk: %v", err)
	}
	var out bytes.Buffer
	if err := writeTests(&out, ui.NewTheme(&out, false, 0), kubequery.TestRun{}, true); err != nil || out.Len() > 0 {
		t.Errorf("want nothing, found %s, %v", &out, err)
	}
}

func TestSuites(t *testing.T) {
	want := []encode.Suite{
		{Name: "a.rego", Cases: []encode.Case{
			{Class: "data.a", Name: "test_passes", File: "a.rego", Line: 3, Duration: 1234567, Printed: "a.rego:4:2: hello"},
			{
				Class: "data.a", Name: "test_fails", File: "a.rego", Line: 7, Duration: 500, Outcome: encode.Failed,
				Message: "a.rego:8:2: x == 1", Details: "the case one / bad fails\nquery:1   Enter\na.rego:7  | Fail",
			},
		}},
		{Name: "b.rego", Cases: []encode.Case{
			{Class: "data.b", Name: "test_breaks", File: "b.rego", Line: 3, Duration: 2345 * time.Millisecond, Outcome: encode.Errored, Message: "one\ntwo"},
			{Class: "data.b", Name: "test_excluded", File: "b.rego", Line: 5, Outcome: encode.Failed, Message: "it is undefined or false"},
			{Class: "data.b", Name: "todo_test_later", File: "b.rego", Line: 9, Outcome: encode.Skipped},
		}},
	}
	if diff := cmp.Diff(want, testSuites(ran())); diff != "" {
		t.Error(diff)
	}
}

func TestTestReport(t *testing.T) {
	run := ran()
	run.Coverage = withReports().Coverage
	var out bytes.Buffer
	if err := manifest.WriteJSON(&out, testReport(run)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(reportJSON, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestVerdict(t *testing.T) {
	only := func(outcome kubequery.TestOutcome) kubequery.TestRun {
		return kubequery.TestRun{Tests: []kubequery.TestResult{{Outcome: outcome}}, Coverage: &kubequery.Coverage{Percent: 79.96}}
	}
	for name, tc := range map[string]struct {
		flags testFlags
		run   kubequery.TestRun
		code  int
		err   string
	}{
		"passes":            {run: only(kubequery.TestPassed)},
		"fails":             {run: only(kubequery.TestFailed), code: cli.ExitFinding},
		"breaks":            {run: only(kubequery.TestError), code: cli.ExitError, err: "error: 1 of 1 tests could not be evaluated\n"},
		"fails and breaks":  {run: ran(), code: cli.ExitError, err: "error: 1 of 5 tests could not be evaluated\n"},
		"skipped":           {run: only(kubequery.TestSkipped), code: cli.ExitNothing, err: "error: nothing was evaluated: every test is marked as todo_test_\n"},
		"skipped is enough": {run: only(kubequery.TestSkipped), flags: testFlags{allowEmpty: true}},
		"none":              {code: cli.ExitNothing, err: "error: nothing was evaluated: there are no tests\n  → tests are rules whose names begin with test_\n"},
		"none is enough":    {flags: testFlags{allowEmpty: true}},
		"none selected":     {flags: testFlags{run: "x"}, code: cli.ExitNothing, err: "error: nothing was evaluated: no test matches --run \"x\"\n  → it is compared with full names, such as data.authz_test.test_denied\n"},
		"above":             {run: only(kubequery.TestPassed), flags: testFlags{threshold: 79.9}},
		"below":             {run: only(kubequery.TestPassed), flags: testFlags{threshold: 80}, code: cli.ExitFinding, err: "warning: 79.9 % of the lines were evaluated, less than the threshold of 80 %\n"},
	} {
		env, _, errs := newEnv()
		if code := env.Report(t.Context(), tc.flags.verdict(env, tc.run)); code != tc.code {
			t.Errorf("%s: want exit code %d, found %d", name, tc.code, code)
		}
		if diff := cmp.Diff(tc.err, errs.String()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

const reportJSON = `{
  "apiVersion": "kubectl-opa/v1alpha1",
  "kind": "QueryTestReport",
  "summary": {
    "passed": 1,
    "failed": 2,
    "errors": 1,
    "skipped": 1
  },
  "tests": [
    {
      "package": "data.a",
      "name": "test_passes",
      "outcome": "pass",
      "position": {
        "file": "a.rego",
        "line": 3
      },
      "seconds": 0.001234,
      "printed": [
        "a.rego:4:2: hello"
      ]
    },
    {
      "package": "data.a",
      "name": "test_fails",
      "outcome": "fail",
      "position": {
        "file": "a.rego",
        "line": 7
      },
      "seconds": 0,
      "cases": [
        {
          "name": [
            "one",
            "bad"
          ],
          "outcome": "fail"
        },
        {
          "name": [
            "one",
            "good"
          ],
          "outcome": "pass"
        }
      ],
      "failedAt": {
        "position": {
          "file": "a.rego",
          "line": 8
        },
        "text": "x == 1"
      },
      "explanation": [
        "query:1   Enter",
        "a.rego:7  | Fail"
      ]
    },
    {
      "package": "data.b",
      "name": "test_breaks",
      "outcome": "error",
      "position": {
        "file": "b.rego",
        "line": 3
      },
      "seconds": 2.345,
      "error": "one\ntwo"
    },
    {
      "package": "data.b",
      "name": "test_excluded",
      "outcome": "fail",
      "position": {
        "file": "b.rego",
        "line": 5
      },
      "seconds": 0
    },
    {
      "package": "data.b",
      "name": "todo_test_later",
      "outcome": "skip",
      "position": {
        "file": "b.rego",
        "line": 9
      },
      "seconds": 0
    }
  ],
  "coverage": {
    "percent": 99.95,
    "coveredLines": 2000,
    "notCoveredLines": 1,
    "files": [
      {
        "file": "a.rego",
        "percent": 100,
        "coveredLines": 1999,
        "notCoveredLines": 0,
        "notCovered": []
      },
      {
        "file": "p.rego",
        "percent": 16.666666666666668,
        "coveredLines": 1,
        "notCoveredLines": 5,
        "notCovered": [
          {
            "first": 3,
            "last": 6
          },
          {
            "first": 9,
            "last": 9
          }
        ]
      }
    ]
  }
}
`

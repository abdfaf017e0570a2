package query

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

// outcomes are all outcomes, in the order of the summary.
var outcomes = []kubequery.TestOutcome{kubequery.TestPassed, kubequery.TestFailed, kubequery.TestSkipped, kubequery.TestError}

// word is an outcome in the words of "opa test".
func word(theme *ui.Theme, outcome kubequery.TestOutcome) string {
	switch outcome {
	case kubequery.TestPassed:
		return theme.Paint(ui.Good, "PASS")
	case kubequery.TestFailed:
		return theme.Paint(ui.Bad, "FAIL")
	case kubequery.TestSkipped:
		return theme.Paint(ui.Warn, "SKIPPED")
	default:
		return theme.Paint(ui.Bad, "ERROR")
	}
}

// writeTests prints the tests that did not pass, all where that is wanted, then
// how many had which outcome, and the coverage.
func writeTests(out io.Writer, theme *ui.Theme, run kubequery.TestRun, verbose bool) error {
	var text strings.Builder
	for _, test := range run.Tests {
		if verbose || test.Outcome != kubequery.TestPassed {
			writeTest(&text, theme, test)
		}
	}
	if text.Len() > 0 {
		text.WriteString("\n")
	}
	for _, outcome := range outcomes {
		if count := run.Count(outcome); count > 0 {
			fmt.Fprintf(&text, "%s: %d/%d\n", word(theme, outcome), count, len(run.Tests))
		}
	}
	if _, err := io.WriteString(out, text.String()); err != nil {
		return err
	}
	if run.Coverage == nil {
		return nil
	}
	return writeCoverage(out, *run.Coverage)
}

func writeTest(out *strings.Builder, theme *ui.Theme, test kubequery.TestResult) {
	took := ""
	if test.Outcome != kubequery.TestSkipped {
		took = fmt.Sprintf(" (%s)", rounded(test.Duration))
	}
	fmt.Fprintf(out, "%s:%d: %s.%s: %s%s\n", test.Position.File, test.Position.Line, test.Package, test.Name, word(theme, test.Outcome), took)
	for _, line := range details(test) {
		fmt.Fprintf(out, "  %s\n", line)
	}
}

// details are what is known of a test beside its outcome, line by line.
func details(test kubequery.TestResult) []string {
	lines := []string{}
	if test.Err != nil {
		lines = append(lines, strings.Split(test.Err.Error(), "\n")...)
		for _, next := range advice.Next(test.Err) {
			lines = append(lines, "→ "+next)
		}
	}
	if test.FailedAt != nil {
		lines = append(lines, failedAt(*test.FailedAt))
	}
	lines = append(lines, failedCases(test)...)
	for _, printed := range test.Printed {
		lines = append(lines, "printed at "+printed)
	}
	return append(lines, test.Explanation...)
}

// rounded is a duration with three digits or so.
func rounded(d time.Duration) time.Duration {
	for _, unit := range []time.Duration{time.Second, time.Millisecond, time.Microsecond} {
		if d > unit {
			return d.Round(unit / 100)
		}
	}
	return d
}

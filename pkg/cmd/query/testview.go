package query

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	reportv1alpha1 "github.com/kubectl-opa/kubectl-opa/pkg/api/report/v1alpha1"
	"github.com/kubectl-opa/kubectl-opa/pkg/encode"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
)

// testReport is a run for machines.
func testReport(run kubequery.TestRun) reportv1alpha1.QueryTestReport {
	report := reportv1alpha1.QueryTestReport{
		APIVersion: reportv1alpha1.APIVersion, Kind: "QueryTestReport",
		Summary: reportv1alpha1.QueryTestSummary{
			Passed: run.Count(kubequery.TestPassed), Failed: run.Count(kubequery.TestFailed),
			Errors: run.Count(kubequery.TestError), Skipped: run.Count(kubequery.TestSkipped),
		},
		Tests: []reportv1alpha1.QueryTest{},
	}
	for _, test := range run.Tests {
		report.Tests = append(report.Tests, reportTest(test))
	}
	if run.Coverage != nil {
		report.Coverage = reportCoverage(*run.Coverage)
	}
	return report
}

func reportTest(test kubequery.TestResult) reportv1alpha1.QueryTest {
	report := reportv1alpha1.QueryTest{
		Package: test.Package, Name: test.Name, Outcome: string(test.Outcome), Position: reportPosition(test.Position),
		Seconds: float64(test.Duration.Microseconds()) / 1e6, Printed: test.Printed, Explanation: test.Explanation,
	}
	for _, each := range test.Cases {
		outcome := kubequery.TestPassed
		if each.Failed {
			outcome = kubequery.TestFailed
		}
		report.Cases = append(report.Cases, reportv1alpha1.QueryTestCase{Name: each.Name, Outcome: string(outcome)})
	}
	if test.FailedAt != nil {
		report.FailedAt = &reportv1alpha1.QueryExpression{Position: reportPosition(test.FailedAt.Position), Text: test.FailedAt.Text}
	}
	if test.Err != nil {
		report.Error = test.Err.Error()
	}
	return report
}

func reportPosition(position manifest.Position) reportv1alpha1.Position {
	return reportv1alpha1.Position{File: position.File, Line: position.Line}
}

func reportCoverage(coverage kubequery.Coverage) *reportv1alpha1.QueryCoverage {
	report := &reportv1alpha1.QueryCoverage{
		Percent: coverage.Percent, CoveredLines: coverage.CoveredLines, NotCoveredLines: coverage.NotCoveredLines,
		Files: []reportv1alpha1.QueryFileCoverage{},
	}
	for _, name := range slices.Sorted(maps.Keys(coverage.Files)) {
		file := coverage.Files[name]
		report.Files = append(report.Files, reportv1alpha1.QueryFileCoverage{
			File: name, Percent: file.Percent, CoveredLines: file.CoveredLines, NotCoveredLines: file.NotCoveredLines,
			NotCovered: lineRanges(file.NotCovered),
		})
	}
	return report
}

// testSuites are the tests of a run by their files, in order.
func testSuites(run kubequery.TestRun) []encode.Suite {
	suites := []encode.Suite{}
	for _, test := range run.Tests {
		if len(suites) == 0 || suites[len(suites)-1].Name != test.Position.File {
			suites = append(suites, encode.Suite{Name: test.Position.File})
		}
		last := &suites[len(suites)-1]
		last.Cases = append(last.Cases, testCase(test))
	}
	return suites
}

func testCase(test kubequery.TestResult) encode.Case {
	encoded := encode.Case{
		Class: test.Package, Name: test.Name, File: test.Position.File, Line: test.Position.Line, Duration: test.Duration,
		Outcome: map[kubequery.TestOutcome]encode.Outcome{
			kubequery.TestPassed: encode.Passed, kubequery.TestFailed: encode.Failed,
			kubequery.TestError: encode.Errored, kubequery.TestSkipped: encode.Skipped,
		}[test.Outcome],
		Printed: strings.Join(test.Printed, "\n"),
		Details: strings.Join(slices.Concat(failedCases(test), test.Explanation), "\n"),
	}
	switch {
	case test.Err != nil:
		encoded.Message = test.Err.Error()
	case test.FailedAt != nil:
		encoded.Message = failedAt(*test.FailedAt)
	case test.Outcome == kubequery.TestFailed:
		encoded.Message = "it is undefined or false"
	}
	return encoded
}

// failedCases are the cases of a test that failed, a line each.
func failedCases(test kubequery.TestResult) []string {
	texts := []string{}
	for _, each := range test.Cases {
		if each.Failed {
			texts = append(texts, "the case "+strings.Join(each.Name, " / ")+" fails")
		}
	}
	return texts
}

func failedAt(expression kubequery.FailedExpression) string {
	return fmt.Sprintf("%s: %s", expression.Position, expression.Text)
}

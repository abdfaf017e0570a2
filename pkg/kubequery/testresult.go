package kubequery

import (
	"time"

	"github.com/open-policy-agent/opa/v1/tester"

	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
)

// TestRun is what the tests of policies came to.
type TestRun struct {
	// Tests are sorted by position. None means that no test was found.
	Tests []TestResult
	// Coverage is there where it was asked for.
	Coverage *Coverage
}

// Count is the number of tests with one outcome.
func (r TestRun) Count(outcome TestOutcome) int {
	count := 0
	for _, test := range r.Tests {
		if test.Outcome == outcome {
			count++
		}
	}
	return count
}

// TestOutcome is what became of a test.
type TestOutcome string

// The outcomes. A test with an error has neither passed nor failed: a call
// made no sense, or the cluster did not answer. Those are skipped that are
// marked, by a name that begins with todo_test_.
const (
	TestPassed  TestOutcome = "pass"
	TestFailed  TestOutcome = "fail"
	TestError   TestOutcome = "error"
	TestSkipped TestOutcome = "skip"
)

// TestResult is what became of one test.
type TestResult struct {
	// Position is that of the rule.
	Position manifest.Position
	// Package is such as data.authz_test, Name such as test_denied.
	Package, Name string
	Outcome       TestOutcome
	Duration      time.Duration
	// Cases are those of a rule that is many tests, test_denied[name].
	Cases []TestCase
	// Printed is what was printed, line by line, each with its position.
	Printed []string
	// FailedAt is the last expression that failed; nil where that is not known.
	FailedAt *FailedExpression
	// Err says what went wrong, in a test with an error.
	Err error
	// Explanation is the trace of a test that did not pass, where asked for.
	Explanation []string
}

// TestCase is one of the cases of a test.
type TestCase struct {
	// Name are the keys that lead to it.
	Name   []string
	Failed bool
}

// FailedExpression is where a test failed.
type FailedExpression struct {
	Position manifest.Position
	// Text is the expression as it is written, its first line.
	Text string
}

// testCases are the cases at the end of each path of keys, by name.
func testCases(results tester.SubResultMap) []TestCase {
	cases := []TestCase{}
	for name, result := range results.Iter {
		if len(result.SubResults) == 0 {
			cases = append(cases, TestCase{Name: name, Failed: result.Fail})
		}
	}
	return cases
}

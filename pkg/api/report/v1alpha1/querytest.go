package v1alpha1

// QueryTestReport says what the tests of policies came to that ask the
// Kubernetes API.
type QueryTestReport struct {
	APIVersion string `json:"apiVersion"`
	// Kind is QueryTestReport.
	Kind    string           `json:"kind"`
	Summary QueryTestSummary `json:"summary"`
	// Tests are sorted by position.
	Tests []QueryTest `json:"tests"`
	// Coverage is there where it was asked for.
	Coverage *QueryCoverage `json:"coverage,omitempty"`
}

// QueryTestSummary is how many tests had which outcome.
type QueryTestSummary struct {
	Passed  int `json:"passed"`
	Failed  int `json:"failed"`
	Errors  int `json:"errors"`
	Skipped int `json:"skipped"`
}

// QueryTest is one test.
type QueryTest struct {
	// Package is such as data.authz_test, Name such as test_denied.
	Package string `json:"package"`
	Name    string `json:"name"`
	// Outcome is pass, fail, error (it could not be evaluated) or skip.
	Outcome  string   `json:"outcome"`
	Position Position `json:"position"`
	// Seconds is how long it took, to the microsecond.
	Seconds float64 `json:"seconds"`
	// Cases are those of a rule that is many tests, sorted by name.
	Cases []QueryTestCase `json:"cases,omitempty"`
	// FailedAt is the last expression that failed, where that is known.
	FailedAt *QueryExpression `json:"failedAt,omitempty"`
	// Error says what went wrong, in a test whose outcome is error.
	Error string `json:"error,omitempty"`
	// Printed are the lines that it printed.
	Printed []string `json:"printed,omitempty"`
	// Explanation is the trace of a test that did not pass, where asked for.
	Explanation []string `json:"explanation,omitempty"`
}

// QueryTestCase is one of the cases of a test.
type QueryTestCase struct {
	// Name are the keys that lead to it.
	Name []string `json:"name"`
	// Outcome is pass or fail.
	Outcome string `json:"outcome"`
}

// QueryExpression is an expression of a policy.
type QueryExpression struct {
	Position Position `json:"position"`
	Text     string   `json:"text"`
}

// QueryCoverage is which lines of policies and tests were evaluated.
type QueryCoverage struct {
	// Percent is the covered part of the lines that count, of all files.
	Percent         float64 `json:"percent"`
	CoveredLines    int     `json:"coveredLines"`
	NotCoveredLines int     `json:"notCoveredLines"`
	// Files are sorted by name.
	Files []QueryFileCoverage `json:"files"`
}

// QueryFileCoverage is QueryCoverage of one file.
type QueryFileCoverage struct {
	File            string  `json:"file"`
	Percent         float64 `json:"percent"`
	CoveredLines    int     `json:"coveredLines"`
	NotCoveredLines int     `json:"notCoveredLines"`
	// NotCovered are the ranges of lines that were not evaluated, in order.
	NotCovered []LineRange `json:"notCovered"`
}

// LineRange are lines of a file, both ends included, counted from 1.
type LineRange struct {
	First int `json:"first"`
	Last  int `json:"last"`
}

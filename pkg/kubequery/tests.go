package kubequery

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/tester"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// TestOptions say which tests to run.
type TestOptions struct {
	// Options say what to load; there is no expression, no input, no profile.
	Options
	// Run is a regular expression that the full name of a test must match, such
	// as data.authz_test.test_denied; "" matches all.
	Run string
	// Timeout bounds each test; 0 is DefaultTestTimeout.
	Timeout time.Duration
}

// DefaultTestTimeout bounds a test. OPA's own bound, five seconds, is made for
// tests that ask nobody.
const DefaultTestTimeout = 30 * time.Second

// Test runs the tests among the policies, as "opa test" does: rules whose names
// begin with test_, one after the other. Each test asks a cluster anew. An
// error is one of the program; what goes wrong in a test is part of its result.
// Of a run that the context ends, the error wraps the context's, and the
// results are those until then.
func Test(ctx context.Context, cluster Cluster, o TestOptions) (TestRun, error) {
	if o.Notify == nil {
		o.Notify = func(Event) {}
	}
	if o.Timeout == 0 {
		o.Timeout = DefaultTestTimeout
	}
	if _, err := regexp.Compile(o.Run); err != nil {
		return TestRun{}, fmt.Errorf("reading the regular expression that selects tests: %w", err)
	}
	run, err := newTestRun(ctx, cluster, o)
	if err != nil {
		return TestRun{}, hintVersion(o.Options, err, func(other Options) error { return compiles(ctx, other) })
	}
	results := []TestResult{}
	for result := range run.results {
		results = append(results, run.result(ctx, result))
	}
	run.close(ctx)
	slices.SortFunc(results, compareTests)
	report := TestRun{Tests: results}
	if run.cover != nil {
		coverage := covered(run.cover, run.modules)
		report.Coverage = &coverage
	}
	if ctx.Err() != nil {
		return report, fmt.Errorf("running tests: %w", context.Cause(ctx))
	}
	return report, nil
}

// testRun is one run while it runs.
type testRun struct {
	o       TestOptions
	modules map[string]*ast.Module
	cover   *cover.Cover
	watch   *testWatch
	// results come one by one; the next test begins when one is taken.
	results <-chan *tester.Result
	close   func(context.Context)
}

// newTestRun loads and compiles everything, and begins with the first test.
func newTestRun(ctx context.Context, cluster Cluster, o TestOptions) (*testRun, error) {
	sources, err := load(o.Options)
	if err != nil {
		return nil, err
	}
	run := &testRun{o: o, modules: sources.byFile()}
	txn, err := sources.store.NewTransaction(ctx)
	if err != nil {
		return nil, fmt.Errorf("loading policies: %w", err)
	}
	run.close = func(ctx context.Context) { sources.store.Abort(ctx, txn) }
	if o.Observe.Coverage {
		run.cover = cover.New()
	}
	run.watch = newTestWatch(cluster, o.Options, run.cover)
	run.results, err = tester.NewRunner().
		SetCompiler(compiler(ctx, o.Options, sources, txn)).
		SetStore(sources.store).
		SetModules(run.modules).
		SetParallel(1).
		SetTimeout(o.Timeout).
		Filter(o.Run).
		StackTraces(true).
		RaiseBuiltinErrors(o.StrictBuiltinErrors).
		EnableTracing(o.Observe.Explain.On()).
		SetCoverageQueryTracer(run.watch).
		AddCustomBuiltins([]*tester.Builtin{{Func: run.watch.begin}}).
		RunTests(ctx, txn)
	if err != nil {
		run.close(ctx)
		return nil, explainAll("compiling", err)
	}
	return run, nil
}

// compareTests is the order of results: by file and line, then by name.
func compareTests(a, b TestResult) int {
	if c := strings.Compare(a.Position.File, b.Position.File); c != 0 {
		return c
	}
	if a.Position.Line != b.Position.Line {
		return a.Position.Line - b.Position.Line
	}
	return strings.Compare(a.Name, b.Name)
}

// result is what a test of OPA's runner came to.
func (r *testRun) result(ctx context.Context, of *tester.Result) TestResult {
	result := TestResult{
		Position: positionOf(of.Location), Package: of.Package, Name: of.Name, Duration: of.Duration,
		Cases: testCases(of.SubResults),
	}
	if of.Skip {
		result.Outcome = TestSkipped
		return result
	}
	seen := r.watch.next()
	result.Printed = seen.printed
	switch {
	case of.Error != nil:
		result.Outcome = TestError
		result.Err = redacted{r.explain(ctx, seen, of.Error), r.o.redact}
	case of.Fail:
		result.Outcome = TestFailed
		result.FailedAt = seen.failedAt
	default:
		result.Outcome = TestPassed
		return result
	}
	result.Explanation = seen.asking.explanation(r.o.Observe.Explain.events(of.Trace))
	return result
}

// explain says why a test has no result.
func (r *testRun) explain(ctx context.Context, seen *seen, err error) error {
	late := topdown.IsCancel(err) || errors.Is(seen.asking.failure, context.DeadlineExceeded)
	if late && ctx.Err() == nil {
		return advice.Errorf("give it more with --timeout", "the test takes longer than %s", r.o.Timeout)
	}
	return explainEvaluation(ctx, seen.asking.failure, err)
}

// redacted is an error whose text has no values of Secrets.
type redacted struct {
	error
	redact func(string) string
}

func (r redacted) Error() string { return r.redact(r.error.Error()) }
func (r redacted) Unwrap() error { return r.error }

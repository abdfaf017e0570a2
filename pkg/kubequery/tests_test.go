package kubequery

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
)

// runTests runs the tests of one file.
func runTests(t *testing.T, cluster Cluster, policy string, change func(*TestOptions)) (TestRun, error) {
	t.Helper()
	o := TestOptions{Options: Options{Paths: []string{"p.rego"}, FS: fstest.MapFS{"p.rego": {Data: []byte(policy)}}}}
	if change != nil {
		change(&o)
	}
	return Test(t.Context(), cluster, o)
}

const outcomes = `package p

import data.kubernetes.api.client

test_passes if client.query_name_ns("pods", "a", "x").kind == "Pod"

test_fails if {
	print("looking", "closely")
	kind := client.query_name_ns("pods", "a", "x").kind
	kind == "Node"
}

test_breaks if not client.query_all("podz")

todo_test_later if true

test_cases[name] if {
	some name, got in {"good": 1, "bad": 2}
	got == 1
}

not_a_test if client.query_all("nodes")
`

func TestOutcomes(t *testing.T) {
	cluster := newFake(always(200, aPod))
	run, err := runTests(t, cluster, outcomes, nil)
	if err != nil {
		t.Fatal(err)
	}
	at := func(line, column int) manifest.Position {
		return manifest.Position{File: "p.rego", Line: line, Column: column}
	}
	want := TestRun{Tests: []TestResult{
		{Position: at(5, 1), Package: "data.p", Name: "test_passes", Outcome: TestPassed, Cases: []TestCase{}},
		{
			Position: at(7, 1), Package: "data.p", Name: "test_fails", Outcome: TestFailed, Cases: []TestCase{},
			Printed:  []string{"p.rego:8:2: looking closely"},
			FailedAt: &FailedExpression{at(10, 2), `kind == "Node"`},
		},
		{
			Position: at(13, 1), Package: "data.p", Name: "test_breaks", Outcome: TestError, Cases: []TestCase{},
			Err: errors.New(`p.rego:13:16: calling query_all: the server has no resource "podz"; nearest: pods, po`),
		},
		{Position: at(15, 1), Package: "data.p", Name: "todo_test_later", Outcome: TestSkipped, Cases: []TestCase{}},
		{
			Position: at(17, 1), Package: "data.p", Name: "test_cases", Outcome: TestFailed,
			Cases:    []TestCase{{[]string{"bad"}, true}, {[]string{"good"}, false}},
			FailedAt: &FailedExpression{at(19, 2), "got == 1"},
		},
	}}
	same := []cmp.Option{
		cmpopts.IgnoreFields(TestResult{}, "Duration"),
		cmp.Comparer(func(a, b error) bool { return fmt.Sprint(a) == fmt.Sprint(b) }),
	}
	if diff := cmp.Diff(want, run, same...); diff != "" {
		t.Error(diff)
	}
	if len(cluster.requests) != 2 {
		t.Errorf("want each test to ask for itself, found %v", cluster.requests)
	}
	for outcome, want := range map[TestOutcome]int{TestPassed: 1, TestFailed: 2, TestError: 1, TestSkipped: 1} {
		if got := run.Count(outcome); got != want {
			t.Errorf("want %d × %s, found %d", want, outcome, got)
		}
	}
}

// TestMocks shows that every function of the client can be replaced in a test,
// by a function and by a value, and that nothing is asked then.
func TestMocks(t *testing.T) {
	calls := map[string]string{
		"query_name_ns":           `("pods", "a", "x")`,
		"query_label_selector_ns": `("pods", {}, "x")`,
		"query_all":               `("pods")`,
		"query_ns":                `("pods", "x")`,
		"query_name":              `("nodes", "a")`,
		"query_label_selector":    `("pods", {})`,
		"query_field_selector_ns": `("pods", {}, "x")`,
	}
	policy, tests := "package p\n\nimport data.kubernetes.api.client\n", 0
	for name, arguments := range calls {
		parameters := strings.Repeat("_, ", strings.Count(arguments, ",")) + "_"
		policy += fmt.Sprintf(`
rule_%[1]s := client.%[1]s%[2]s.body

mock_%[1]s(%[3]s) := {"body": "%[1]s"}

test_%[1]s_by_function if rule_%[1]s == "%[1]s" with client.%[1]s as mock_%[1]s

test_%[1]s_by_path if rule_%[1]s == "%[1]s" with data.kubernetes.api.client.%[1]s as data.p.mock_%[1]s

test_%[1]s_by_value if rule_%[1]s == 7 with client.%[1]s as {"body": 7}
`, name, arguments, parameters)
		tests += 3
	}
	cluster := newFake(nil)
	run, err := runTests(t, cluster, policy, nil)
	if err != nil {
		t.Fatal(err)
	}
	if run.Count(TestPassed) != tests || len(run.Tests) != tests {
		t.Errorf("want %d tests to pass, found %+v", tests, run.Tests)
	}
	if len(cluster.requests)+len(cluster.resolved) > 0 {
		t.Errorf("want nothing asked, found %v %v", cluster.requests, cluster.resolved)
	}
}

// TestMockedNetwork shows that builtins that reach out can be replaced though
// no host is allowed, and that they reach nothing where they are not.
func TestMockedNetwork(t *testing.T) {
	policy := `package p

answer := http.send({"method": "get", "url": "http://127.0.0.1:1"}).body

mock(_) := {"body": 42}

test_mocked if answer == 42 with http.send as mock

test_reaching if answer == 42

test_looking_up if net.lookup_ip_addr("localhost")
`
	run, err := runTests(t, newFake(nil), policy, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{
		"<nil>",
		`p.rego:3:11: calling http.send: "127.0.0.1:1" is no host that policies may reach`,
		`p.rego:11:20: calling net.lookup_ip_addr: "localhost" is no host that policies may reach`,
	} {
		if got := fmt.Sprint(run.Tests[i].Err); got != want {
			t.Errorf("want %s\nfound %s", want, got)
		}
	}
}

func TestSelection(t *testing.T) {
	for pattern, want := range map[string][]string{
		"":                   {"test_passes", "test_fails", "test_breaks", "todo_test_later", "test_cases"},
		"^data.p.test_pass":  {"test_passes"},
		"nothing":            {},
		"test_(fail|passe)s": {"test_passes", "test_fails"},
	} {
		run, err := runTests(t, newFake(always(200, aPod)), outcomes, func(o *TestOptions) { o.Run = pattern })
		if err != nil {
			t.Fatal(err)
		}
		names := []string{}
		for _, test := range run.Tests {
			names = append(names, test.Name)
		}
		if diff := cmp.Diff(want, names); diff != "" {
			t.Errorf("%q: %s", pattern, diff)
		}
	}
	_, err := runTests(t, nil, outcomes, func(o *TestOptions) { o.Run = "(" })
	if err == nil || !strings.HasPrefix(err.Error(), "reading the regular expression that selects tests: ") {
		t.Error(err)
	}
}

func TestTestCoverage(t *testing.T) {
	run, err := runTests(t, newFake(always(200, aPod)), outcomes, func(o *TestOptions) { o.Observe.Coverage = true })
	if err != nil {
		t.Fatal(err)
	}
	lines := func(ranges []CodeRange) []int {
		rows := []int{}
		for _, each := range ranges {
			if len(rows) == 0 || rows[len(rows)-1] != each.Start.Row {
				rows = append(rows, each.Start.Row)
			}
		}
		return rows
	}
	file := run.Coverage.Files["p.rego"]
	if diff := cmp.Diff([][]int{{5, 8, 9, 10, 13, 17, 18, 19}, {7, 13, 15, 22}}, [][]int{lines(file.Covered), lines(file.NotCovered)}); diff != "" {
		t.Error(diff)
	}
	if len(run.Coverage.Files) != 1 || run.Coverage.CoveredLines != 8 || run.Coverage.Percent != file.Percent {
		t.Errorf("%+v", run.Coverage)
	}
}

func TestTestExplanation(t *testing.T) {
	policy := "package p\n\ntest_x if {\n\ttrace(\"here\")\n\tone == 2\n}\n\none := 1\n\ntest_y if trace(\"passes\")\n"
	for explain, want := range map[Explain][]string{
		"":           nil,
		ExplainNotes: {"query:1      Enter data.p.test_x = _", "p.rego:3     | Enter data.p.test_x", "p.rego:4     | | Note \"here\""},
		ExplainFails: {
			"query:1      Enter data.p.test_x = _", "p.rego:3     | Enter data.p.test_x", "p.rego:5     | | Fail data.p.one = 2",
			"query:1      | Fail data.p.test_x = _",
		},
	} {
		run, err := runTests(t, nil, policy, func(o *TestOptions) { o.Observe.Explain = explain })
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, run.Tests[0].Explanation); diff != "" {
			t.Errorf("%s: %s", explain, diff)
		}
		if run.Tests[1].Outcome != TestPassed || run.Tests[1].Explanation != nil {
			t.Errorf("want no trace of what passed, found %+v", run.Tests[1])
		}
	}
}

func TestTestErrors(t *testing.T) {
	for name, tc := range map[string]struct{ policy, err, next string }{
		"broken": {policy: "package p\n\ntest_x {{", err: "p.rego:3:9: rego_parse_error:"},
		"unsafe": {policy: "package p\n\ntest_x if nothing\n", err: "compiling: p.rego:3:11: rego_unsafe_var_error: var nothing is unsafe"},
		"v0":     {policy: v0, err: "`if` keyword is required", next: "this is Rego as it was before OPA 1.0: give --v0-compatible"},
		"seeing": {policy: "package p\n\ntest_x if opa.runtime()\n", err: "compiling: p.rego:3:11: rego_type_error: opa.runtime is switched off: "},
	} {
		cluster := newFake(nil)
		_, err := runTests(t, cluster, tc.policy, nil)
		if err == nil || !strings.Contains(err.Error(), tc.err) {
			t.Errorf("%s: want an error with %s\nfound %v", name, tc.err, err)
		}
		if next := strings.Join(advice.Next(err), "\n"); next != tc.next {
			t.Errorf("%s: want the next step %q, found %q", name, tc.next, next)
		}
		if len(cluster.requests) > 0 {
			t.Errorf("%s: something was asked: %v", name, cluster.requests)
		}
	}
	// The hint compiles, and runs nothing.
	run, err := runTests(t, newFake(always(200, aPod)), v0+"test_x { deny[_] }\n", func(o *TestOptions) { o.V0Compatible = true })
	if err != nil || run.Count(TestPassed) != 1 {
		t.Error(run, err)
	}
}

// TestTimeout shows that a test that takes too long ends alone, whether it
// computes or waits for an answer.
func TestTimeout(t *testing.T) {
	policy := `package p

import data.kubernetes.api.client

test_computes if count([1 | some i in numbers.range(1, 100000); some j in numbers.range(1, 100000); i == j]) == 1

test_waits if client.query_all("pods").items
`
	cluster := newFake(func(int, Request) (int, string) { return 200, `{"items":[]}` })
	left := time.Hour
	run, err := runTests(t, waiting{cluster, &left}, policy, func(o *TestOptions) { o.Timeout = 50 * time.Millisecond })
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range run.Tests {
		if fmt.Sprint(test.Err) != "the test takes longer than 50ms" || !cmp.Equal(advice.Next(test.Err), []string{"give it more with --timeout"}) {
			t.Errorf("%s: %v", test.Name, test.Err)
		}
	}
	if left > 50*time.Millisecond {
		t.Errorf("want the bound that was given, found %s", left)
	}
	if len(run.Tests) != 2 {
		t.Errorf("want one test to go on after the other, found %v", run.Tests)
	}
}

// waiting is a cluster that answers no request before its context ends, and
// keeps how long that may take.
type waiting struct {
	Cluster
	left *time.Duration
}

func (w waiting) Do(ctx context.Context, _ Request) (Response, error) {
	if deadline, ok := ctx.Deadline(); ok {
		*w.left = time.Until(deadline)
	}
	<-ctx.Done()
	return Response{}, ctx.Err()
}

// TestInterrupted shows that a run ends with its context, and says so.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cluster := newFake(func(int, Request) (int, string) {
		cancel()
		return 200, `{"metadata":{"continue":"more"},"items":[]}`
	})
	policy := "package p\n\nimport data.kubernetes.api.client\n\ntest_a if client.query_all(\"pods\")\n\ntest_b if client.query_all(\"pods\")\n"
	_, err := Test(ctx, cluster, TestOptions{Options: Options{Paths: []string{"p.rego"}, FS: fstest.MapFS{"p.rego": {Data: []byte(policy)}}}})
	if !errors.Is(err, context.Canceled) || len(cluster.requests) != 1 {
		t.Errorf("want the run to end, found %v and %v", err, cluster.requests)
	}
}

package kubequery

import (
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// testWatch is what one test after the other does. OPA's runner hands its results
// out in the order in which tests run, and none for a skipped one that ran.
type testWatch struct {
	cluster Cluster
	o       Options
	cover   topdown.QueryTracer

	running *seen
	begun   int

	mu sync.Mutex
	// untold are those that begun, without those that next told of.
	untold []*seen
}

// seen is what was seen of one test.
type seen struct {
	asking   *asking
	printed  []string
	failedAt *FailedExpression
}

func newTestWatch(cluster Cluster, o Options, tracer *cover.Cover) *testWatch {
	w := &testWatch{cluster: cluster, o: o}
	if tracer != nil {
		w.cover = ownCode{tracer}
	}
	return w
}

// begin binds the functions to the Rego object of the next test. What was asked
// in one test is asked again in another: a test stands alone.
func (w *testWatch) begin(r *rego.Rego) {
	now := &seen{asking: newAsking(w.cluster, w.o)}
	network := network{hosts: w.o.AllowNet, mocked: true, halt: now.asking.halt}
	for _, bind := range append(now.asking.functions(), network.functions()...) {
		bind(r)
	}
	rego.PrintHook(printer{func(event Event) { now.printed = append(now.printed, w.o.redact(event.String())) }})(r)
	w.begun++
	w.o.Notify(Testing{w.begun})
	w.running = now
	w.mu.Lock()
	defer w.mu.Unlock()
	w.untold = append(w.untold, now)
}

// next is the test that comes after those that were asked for before. Its
// result is there, so it writes no more.
func (w *testWatch) next() *seen {
	w.mu.Lock()
	defer w.mu.Unlock()
	first := w.untold[0]
	w.untold = w.untold[1:]
	return first
}

// Enabled implements topdown.QueryTracer.
func (*testWatch) Enabled() bool { return true }

// Config implements topdown.QueryTracer.
func (*testWatch) Config() topdown.TraceConfig { return topdown.TraceConfig{} }

// TraceEvent implements topdown.QueryTracer. It runs in the goroutine of the
// test.
func (w *testWatch) TraceEvent(event topdown.Event) {
	if w.cover != nil {
		w.cover.TraceEvent(event)
	}
	if event.Op != topdown.FailOp || event.Location == nil || event.Location.File == "" {
		return
	}
	if expr, ok := event.Node.(*ast.Expr); ok {
		if _, every := expr.Terms.(*ast.Every); every {
			return // what failed is in its body, and was seen
		}
	}
	text, _, _ := strings.Cut(string(event.Location.Text), "\n")
	w.running.failedAt = &FailedExpression{Position: positionOf(event.Location), Text: strings.TrimSpace(text)}
}

package kubequery

import (
	"bytes"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/profiler"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/topdown/lineage"
)

// Observe says what to report of an evaluation beside its result.
type Observe struct {
	// Explain is which part of the trace to report.
	Explain Explain
	// Profile reports how often expressions were evaluated, and how long it took.
	Profile bool
	// ProfileLimit bounds the number of expressions; 0 is no bound.
	ProfileLimit int
	// ProfileSort are ProfileOrders, the most important first; those that are not
	// named follow.
	ProfileSort []string
	// Coverage reports which lines were evaluated.
	Coverage bool
}

// Explain is a part of the trace of an evaluation.
type Explain string

// The parts: nothing, everything but unifications, what the policy itself
// notes with trace(), what failed, and everything.
const (
	ExplainOff   Explain = "off"
	ExplainFull  Explain = "full"
	ExplainNotes Explain = "notes"
	ExplainFails Explain = "fails"
	ExplainDebug Explain = "debug"
)

// Explains are all parts, for flags.
var Explains = []string{string(ExplainOff), string(ExplainFull), string(ExplainNotes), string(ExplainFails), string(ExplainDebug)}

// On tells whether there is anything to explain. Then whatever a policy reads
// or compares may come into a text.
func (e Explain) On() bool { return e != "" && e != ExplainOff }

// events are those of a trace that belong to the part.
func (e Explain) events(trace []*topdown.Event) []*topdown.Event {
	switch e {
	case ExplainFull:
		return lineage.Full(trace)
	case ExplainNotes:
		return lineage.Notes(trace)
	case ExplainFails:
		return lineage.Fails(trace)
	case ExplainDebug:
		return lineage.Debug(trace)
	default:
		return nil
	}
}

// explanation is a trace as text, without values of Secrets.
func (a *asking) explanation(events []*topdown.Event) []string {
	if len(events) == 0 {
		return nil
	}
	var text bytes.Buffer
	topdown.PrettyTraceWithLocation(&text, events)
	return strings.Split(strings.TrimSuffix(a.redact(text.String()), "\n"), "\n")
}

// observers watch one evaluation; nil are those that nobody asked for.
type observers struct {
	observe  Observe
	trace    *topdown.BufferTracer
	profiler *profiler.Profiler
	cover    *cover.Cover
}

func newObservers(observe Observe) observers {
	all := observers{observe: observe}
	if observe.Explain.On() {
		all.trace = topdown.NewBufferTracer()
	}
	if observe.Profile {
		all.profiler = profiler.New()
	}
	if observe.Coverage {
		all.cover = cover.New()
	}
	return all
}

// options make an evaluation report to the observers.
func (o observers) options() []rego.EvalOption {
	options := []rego.EvalOption{}
	if o.trace != nil {
		options = append(options, rego.EvalQueryTracer(o.trace))
	}
	if o.profiler != nil {
		options = append(options, rego.EvalQueryTracer(o.profiler))
	}
	if o.cover != nil {
		options = append(options, rego.EvalQueryTracer(ownCode{o.cover}))
	}
	return options
}

// result is what the observers saw, without the rows.
func (o observers) result(asking *asking, modules map[string]*ast.Module) Result {
	result := Result{}
	if o.trace != nil {
		result.Explanation = asking.explanation(o.observe.Explain.events(*o.trace))
	}
	if o.profiler != nil {
		result.Profile = costs(o.profiler, o.observe)
	}
	if o.cover != nil {
		coverage := covered(o.cover, modules)
		result.Coverage = &coverage
	}
	return result
}

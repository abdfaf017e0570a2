package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/open-policy-agent/opa/v1/server/types"
	"github.com/open-policy-agent/opa/v1/server/writer"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// Limits bound what requests may cost.
type Limits struct {
	// Time bounds one request, from its arrival to its answer.
	Time time.Duration
	// Request bounds the body of a request in bytes, as it is sent and, where it is
	// compressed, as it is.
	Request int64
	// Memory bounds what is on the heap of the process, in bytes. Where it is more,
	// all evaluations end with an error.
	Memory int64
	// Concurrent bounds how many requests are answered at a time; others wait.
	Concurrent int
}

// DefaultLimits are for one developer's machine.
var DefaultLimits = Limits{Time: 30 * time.Second, Request: 1 << 20, Memory: 2 << 30, Concurrent: 16}

// The reasons why an evaluation is ended from outside.
var (
	errTime    = errors.New("it takes too long")
	errMemory  = errors.New("it needs too much memory")
	errStopped = errors.New("the server stops")
)

// grace is how long an evaluation that was ended has to notice. One that does
// not, such as a builtin that is busy with one big value, goes on unheard.
const grace = time.Second

// evaluations are the requests that are being answered.
type evaluations struct {
	limits Limits
	warn   func(string)
	slots  chan struct{}
	// heap tells how many bytes are on it.
	heap func() uint64
	// grace is how long one that was ended has to notice.
	grace time.Duration
	// overflow gets an error when memory can be held in bounds no longer.
	overflow chan error

	mu       sync.Mutex
	running  map[*evaluation]struct{}
	watching bool
	// full says that evaluations were ended for memory, and have not all gone yet.
	full bool
}

// evaluation is one request that is being answered.
type evaluation struct{ end context.CancelCauseFunc }

func newEvaluations(limits Limits, warn func(string)) *evaluations {
	return &evaluations{
		limits: limits, warn: warn, heap: heap, grace: grace, overflow: make(chan error, 1),
		slots: make(chan struct{}, limits.Concurrent), running: map[*evaluation]struct{}{},
	}
}

// bound answers with next, within the limits.
func (e *evaluations) bound(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, stop := context.WithTimeoutCause(r.Context(), e.limits.Time, errTime)
		defer stop()
		ctx, end := context.WithCancelCause(ctx)
		defer end(nil)
		select {
		case e.slots <- struct{}{}:
		case <-ctx.Done():
			e.refuse(ctx, w)
			return
		}
		evaluation := &evaluation{end}
		if !e.begin(evaluation) {
			<-e.slots
			end(errMemory)
			e.refuse(ctx, w)
			return
		}
		answer, done := newRecorder(), make(chan struct{})
		go func() {
			defer close(done)
			defer func() {
				e.finish(evaluation)
				<-e.slots
			}()
			e.answer(next, answer, r.WithContext(ctx))
		}()
		if e.wait(ctx, done) && (answer.code < http.StatusInternalServerError || ctx.Err() == nil) {
			answer.copyTo(w)
			return
		}
		e.refuse(ctx, w)
	})
}

// answer lets next answer. Should that panic, it is an error like others.
func (e *evaluations) answer(next http.Handler, answer *recorder, r *http.Request) {
	defer func() {
		if problem := recover(); problem != nil {
			e.warn(fmt.Sprintf("answering %s %s: panic: %v\n%s", r.Method, r.URL.Path, problem, debug.Stack()))
			answer.reset()
			writer.Error(answer, http.StatusInternalServerError, types.NewErrorV1(types.CodeInternal, "the server failed: see what it prints"))
		}
	}()
	next.ServeHTTP(answer, r)
}

// wait waits for the end of an evaluation, and tells whether it has come.
func (e *evaluations) wait(ctx context.Context, done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	case <-ctx.Done():
	}
	select {
	case <-done:
		return true
	case <-time.After(e.grace):
		return false
	}
}

// begin takes note of an evaluation, unless there is no memory for it.
func (e *evaluations) begin(evaluation *evaluation) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.full {
		return false
	}
	e.running[evaluation] = struct{}{}
	if !e.watching {
		e.watching = true
		go e.watch()
	}
	return true
}

func (e *evaluations) finish(evaluation *evaluation) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.running, evaluation)
	if e.full && len(e.running) == 0 {
		debug.FreeOSMemory()
		e.full = false
	}
}

// count is how many run.
func (e *evaluations) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.running)
}

// refuse says which limit it was. A caller who has gone hears nothing.
func (e *evaluations) refuse(ctx context.Context, w http.ResponseWriter) {
	status, err := http.StatusServiceUnavailable, context.Cause(ctx)
	switch {
	case errors.Is(err, errTime):
		status = http.StatusGatewayTimeout
		err = advice.Errorf("give more with --timeout", "the request took longer than %s", e.limits.Time)
	case errors.Is(err, errMemory):
		err = advice.Errorf("give more with --max-memory", "all evaluations together needed more than %s of memory", Size(e.limits.Memory))
	case errors.Is(err, errStopped):
		err = errors.New("the server is being stopped")
	}
	writeError(w, status, types.CodeInternal, err)
}

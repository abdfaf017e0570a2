package cli

import (
	"context"
	"errors"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

// The exit codes that a pipeline can rely on.
const (
	ExitClean       = 0
	ExitFinding     = 1
	ExitError       = 2
	ExitNothing     = 3
	ExitInterrupted = 130
)

// ErrFinding is returned by a command that did its work and found something:
// a violation, a failed test, a difference. What was found is printed already.
var ErrFinding = errors.New("something was found")

// ErrNothing says that there was nothing to evaluate.
var ErrNothing = errors.New("nothing was evaluated")

// UsageError makes an error about how a command was called; the next step
// points at its help.
func UsageError(command, format string, args ...any) error {
	return advice.Errorf("see "+command+" --help", format, args...)
}

// Report prints an error, unless it says only that something was found, and
// returns the exit code that it stands for.
func (e *Env) Report(ctx context.Context, err error) int {
	found := errors.Is(err, ErrFinding)
	err = withoutFinding(err)
	switch {
	case err == nil && found:
		return ExitFinding
	case err == nil:
		return ExitClean
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		_ = ui.WriteError(e.Err, e.ErrTheme(), "interrupted", nil)
		return ExitInterrupted
	}
	next := advice.Next(err)
	for i := range next {
		next[i] = e.Redacted(next[i])
	}
	_ = ui.WriteError(e.Err, e.ErrTheme(), e.Redacted(err.Error()), next)
	if errors.Is(err, ErrNothing) {
		return ExitNothing
	}
	return ExitError
}

// withoutFinding takes ErrFinding out of joined errors: what failed beside a
// finding counts for more.
func withoutFinding(err error) error {
	if !errors.Is(err, ErrFinding) {
		return err
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		rest := []error{}
		for _, single := range many.Unwrap() {
			rest = append(rest, withoutFinding(single))
		}
		return errors.Join(rest...)
	}
	return nil
}

package kubequery

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/loader"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
)

// explainAll turns what OPA says of policies into one error with a line for
// each problem: file:line:column, code and message.
func explainAll(doing string, err error) error {
	return explainWith(doing, err, "allow hosts with --allow-net")
}

// explainWith is explainAll with what to do where a policy wants to reach hosts.
func explainWith(doing string, err error, reach string) error {
	lines := []string{}
	var next string
	for _, problem := range flatten(err) {
		text, reaches := line(problem)
		lines = append(lines, text)
		if reaches {
			next = reach
		}
	}
	text := doing + ": " + lines[0]
	if len(lines) > 1 {
		text = doing + ":\n" + strings.Join(lines, "\n")
	}
	if next != "" {
		return advice.Wrap(&programError{text, err}, "%s", next)
	}
	return &programError{text, err}
}

// programError is an error in policies, data or the expression, in our words.
type programError struct {
	text string
	err  error
}

func (p *programError) Error() string { return p.text }
func (p *programError) Unwrap() error { return p.err }

// flatten takes OPA's lists of errors apart, and drops what is wrapped around
// them.
func flatten(err error) []error {
	var (
		found    []error
		loading  loader.Errors
		policies ast.Errors
		several  rego.Errors
	)
	switch {
	case errors.As(err, &several):
		found = several
	case errors.As(err, &loading):
		found = loading
	case errors.As(err, &policies):
		for _, each := range policies {
			found = append(found, each)
		}
	default:
		return []error{err}
	}
	flat := []error{}
	for _, each := range found {
		flat = append(flat, flatten(each)...)
	}
	return flat
}

// line is one problem as one line, and OPA's details below it. It tells whether
// the problem is that a policy wants to reach hosts.
func line(err error) (text string, reaches bool) {
	var problem *ast.Error
	if !errors.As(err, &problem) {
		return err.Error(), false
	}
	message := ownNames(problem.Message)
	if reason, toHosts, ok := whyOff(problem); ok {
		message, reaches = reason, toHosts
	}
	text = fmt.Sprintf("%s: %s: %s", positionOf(problem.Location), problem.Code, message)
	if problem.Details != nil {
		for _, detail := range problem.Details.Lines() {
			text += "\n  " + detail
		}
	}
	return text, reaches
}

// explainEvaluation says why an evaluation ended: one of our functions did it,
// the user, or OPA.
func explainEvaluation(ctx context.Context, failure, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("evaluating: %w", context.Cause(ctx))
	}
	var problem *topdown.Error
	if !errors.As(err, &problem) {
		return explainAll("evaluating", err)
	}
	if failure != nil {
		return fmt.Errorf("%s: %w", caller(problem), failure)
	}
	return fmt.Errorf("evaluating: %s: %s: %s", caller(problem), problem.Code, ownNames(problem.Message))
}

// caller is where the user's own policy was when it failed: a line of the
// client would help nobody.
func caller(problem *topdown.Error) manifest.Position {
	for _, frame := range problem.StackTrace {
		if frame.Location != nil && frame.Location.File != clientFile {
			return positionOf(frame.Location)
		}
	}
	return positionOf(problem.Location)
}

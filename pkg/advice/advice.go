// Package advice carries, inside an error, what the user should do next.
package advice

import (
	"errors"
	"fmt"
)

// Error is an error with one next step for the user.
type Error struct {
	Err  error
	Next string
}

// Error returns the text of the error alone; the next step is printed apart.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns the error that the advice is about.
func (e *Error) Unwrap() error { return e.Err }

// Wrap returns err with a next step, formatted like fmt.Sprintf. A nil err stays nil.
func Wrap(err error, next string, args ...any) error {
	if err == nil {
		return nil
	}
	return &Error{Err: err, Next: fmt.Sprintf(next, args...)}
}

// Errorf makes an error with a next step: the text of the error is formatted
// with args, the next step is taken as it stands.
func Errorf(next, format string, args ...any) error {
	return &Error{Err: fmt.Errorf(format, args...), Next: next}
}

// Next returns the next steps in err, the outermost first, each once. The
// slice is empty where there is none.
func Next(err error) []string {
	next := []string{}
	seen := map[string]bool{}
	walk(err, func(e *Error) {
		if e.Next != "" && !seen[e.Next] {
			seen[e.Next] = true
			next = append(next, e.Next)
		}
	})
	return next
}

// walk visits every *Error in the tree of err, parents before children.
func walk(err error, visit func(*Error)) {
	for err != nil {
		if e, ok := err.(*Error); ok { //nolint:errorlint // this level alone: the loop unwraps.
			visit(e)
		}
		if many, ok := err.(interface{ Unwrap() []error }); ok {
			for _, child := range many.Unwrap() {
				walk(child, visit)
			}
			return
		}
		err = errors.Unwrap(err)
	}
}

package kubequery

import (
	"context"
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Session is what one evaluation asks a cluster with, where the builtins cannot
// be bound to it. Like an evaluation it runs in one goroutine, and asks the same
// question once.
type Session struct{ asking *asking }

// NewSession returns a session in which nothing was asked yet. Of the options,
// ManagedFields and Notify count; answers are decoded as a whole.
func NewSession(cluster Cluster, o Options) *Session {
	if o.Notify == nil {
		o.Notify = func(Event) {}
	}
	return &Session{newAsking(cluster, o)}
}

// Call calls a function of the package kubernetes.api.client by its name there,
// such as query_all. The error is what would end an evaluation: an unknown
// function or a wrong number of operands (ErrArgument) too.
func (s *Session) Call(ctx context.Context, name string, operands []*ast.Term) (*ast.Term, error) {
	for _, f := range functions {
		if f.name != name {
			continue
		}
		if len(operands) != f.arity {
			return nil, fmt.Errorf("%w: %s takes %d, found %d", ErrArgument, name, f.arity, len(operands))
		}
		return s.asking.call(ctx, f, operands)
	}
	return nil, fmt.Errorf("%w: the package %s has no function of that name", ErrArgument, clientPackage)
}

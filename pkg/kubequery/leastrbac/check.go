package leastrbac

import (
	"context"

	"golang.org/x/sync/errgroup"
)

// Authorizer answers whether the current user has a right. The reason is the
// server's, if it gives one. An error says that it was not answered.
type Authorizer interface {
	Allowed(ctx context.Context, rule Rule) (allowed bool, reason string, err error)
}

// Verdict is what a server says of one rule.
type Verdict struct {
	Rule
	Allowed bool
	// Reason is the server's own, or empty.
	Reason string
}

// atOnce bounds how many questions are asked at a time.
const atOnce = 8

// Check asks about each of the rules. The verdicts are in their order. An error
// says that one of them was not answered; then there are none.
func (r Rules) Check(ctx context.Context, authorizer Authorizer) ([]Verdict, error) {
	verdicts := make([]Verdict, len(r))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i, rule := range r {
		group.Go(func() error {
			allowed, reason, err := authorizer.Allowed(ctx, rule)
			verdicts[i] = Verdict{Rule: rule, Allowed: allowed, Reason: reason}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return verdicts, nil
}

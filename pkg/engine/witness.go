package engine

import (
	"context"

	"github.com/open-policy-agent/frameworks/constraint/pkg/client/drivers"
	"github.com/open-policy-agent/frameworks/constraint/pkg/client/reviews"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// observation is what happened to constraints in one review. The client asks
// its drivers one after the other.
type observation struct {
	matched, failed map[drivers.ConstraintKey]bool
}

// observationKey leads to the observation in a context: the client's results do
// not tell a policy's word from an error.
type observationKey struct{}

func observed(ctx context.Context) *observation {
	seen, _ := ctx.Value(observationKey{}).(*observation)
	return seen
}

// judged tells whether a constraint matched and its template was evaluated.
func (o *observation) judged(key drivers.ConstraintKey) bool { return o.matched[key] && !o.failed[key] }

// witness is a driver that notes which constraints it is asked about: those
// that matched. A constraint that could not be matched gets to no driver.
type witness struct{ drivers.Driver }

// Query asks the driver.
func (w witness) Query(ctx context.Context, name string, constraints []*unstructured.Unstructured, review any, opts ...reviews.ReviewOpt) (*drivers.QueryResponse, error) {
	if seen := observed(ctx); seen != nil {
		if seen.matched == nil {
			seen.matched = map[drivers.ConstraintKey]bool{}
		}
		for _, constraint := range constraints {
			seen.matched[drivers.ConstraintKeyFrom(constraint)] = true
		}
	}
	return w.Driver.Query(ctx, name, constraints, review, opts...)
}

// noteFailure notes that a template's Rego could not be evaluated.
func noteFailure(ctx context.Context, constraint *unstructured.Unstructured) {
	if seen := observed(ctx); seen != nil {
		if seen.failed == nil {
			seen.failed = map[drivers.ConstraintKey]bool{}
		}
		seen.failed[drivers.ConstraintKeyFrom(constraint)] = true
	}
}

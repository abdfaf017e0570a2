package engine

import (
	"cmp"
	"context"
	"slices"

	"github.com/open-policy-agent/frameworks/constraint/pkg/client/drivers"
	"github.com/open-policy-agent/frameworks/constraint/pkg/client/reviews"
	"github.com/open-policy-agent/frameworks/constraint/pkg/types"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// observation is what happened to constraints in one review. The client asks
// its drivers one after the other.
type observation struct {
	// asked is how many constraints drivers were asked about: those that matched.
	asked int
	// given are the results of the drivers in their order; the client's own sort
	// does not keep it where there are many.
	given  []*types.Result
	failed map[drivers.ConstraintKey]bool
}

// observationKey leads to the observation in a context: the client's results do
// not tell a policy's word from an error.
type observationKey struct{}

func observed(ctx context.Context) *observation {
	seen, _ := ctx.Value(observationKey{}).(*observation)
	return seen
}

// results are what the client answered, which has constraints that could not be
// matched besides what the drivers gave.
func (o *observation) results(answered []*types.Result) Results {
	results := Results{Matched: o.asked}
	rejected := []*types.Result{}
	if len(answered) > len(o.given) {
		results.Matched += len(answered) - len(o.given)
		known := make(map[*types.Result]bool, len(o.given))
		for _, each := range o.given {
			known[each] = true
		}
		for _, each := range answered {
			if !known[each] {
				rejected = append(rejected, each)
			}
		}
	}
	for _, each := range sorted(o.given) {
		if o.failed[drivers.ConstraintKeyFrom(each.Constraint)] {
			rejected = append(rejected, each)
			continue
		}
		results.Violations = append(results.Violations, result(each))
	}
	for _, each := range sorted(rejected) {
		results.Autorejects = append(results.Autorejects, result(each))
	}
	return results
}

// sorted sorts by constraint, and leaves those of a constraint as they are.
func sorted(results []*types.Result) []*types.Result {
	slices.SortStableFunc(results, func(a, b *types.Result) int {
		return cmp.Or(cmp.Compare(a.Constraint.GetKind(), b.Constraint.GetKind()), cmp.Compare(a.Constraint.GetName(), b.Constraint.GetName()))
	})
	return results
}

func result(of *types.Result) Result {
	scoped := of.ScopedEnforcementActions
	if len(scoped) > 1 {
		// The client has them in the order of a map.
		scoped = slices.Sorted(slices.Values(scoped))
	}
	return Result{
		Constraint: of.Constraint, Message: of.Msg, Details: of.Metadata["details"], Action: of.EnforcementAction, Scoped: scoped,
	}
}

// witness is a driver that notes which constraints it is asked about, those that
// matched, and what it says. A constraint that could not be matched gets to no
// driver.
type witness struct{ drivers.Driver }

// Query asks the driver.
func (w witness) Query(ctx context.Context, name string, constraints []*unstructured.Unstructured, review any, opts ...reviews.ReviewOpt) (*drivers.QueryResponse, error) {
	response, err := w.Driver.Query(ctx, name, constraints, review, opts...)
	if seen := observed(ctx); seen != nil {
		seen.asked += len(constraints)
		if response != nil {
			seen.given = append(seen.given, response.Results...)
		}
	}
	return response, err
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

package regodriver

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/frameworks/constraint/pkg/client/drivers"
	"github.com/open-policy-agent/frameworks/constraint/pkg/client/reviews"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/target"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/topdown"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Query evaluates constraints against a review. An error of an evaluation is a
// result of each constraint of the template; the error returned is for what
// could not be asked at all. Queries with a trace or statistics, and those of
// other targets, are the frameworks' driver's.
func (d *Driver) Query(ctx context.Context, name string, constraints []*unstructured.Unstructured, review any, opts ...reviews.ReviewOpt) (*drivers.QueryResponse, error) {
	if len(constraints) == 0 {
		return nil, nil
	}
	asked := reviews.ReviewCfg{}
	for _, opt := range opts {
		opt(&asked)
	}
	if name != target.Name || d.options.Tracing || d.options.Stats || asked.TracingEnabled || asked.StatsEnabled {
		return d.Driver.Query(ctx, name, constraints, review, opts...)
	}
	d.mtx.RLock()
	defer d.mtx.RUnlock()
	groups := byKind(constraints)
	prepared := make([]queries, len(groups))
	for i, group := range groups {
		template, ok := d.prepared[group[0].GetKind()]
		if !ok {
			return nil, fmt.Errorf("missing Template %q for target %q", group[0].GetKind(), name)
		}
		// Preparing reads the store, so it comes before our transaction: a second
		// one beside it would wait for a writer that waits for the first.
		var err error
		if prepared[i], err = template.queries(); err != nil {
			return nil, err
		}
	}
	// One transaction: all constraints see the same inventory.
	txn, err := d.store.NewTransaction(ctx)
	if err != nil {
		return nil, err
	}
	defer d.store.Abort(ctx, txn)
	cancel := topdown.NewCancel()
	defer context.AfterFunc(ctx, cancel.Cancel)()

	response := &drivers.QueryResponse{}
	e := &evaluation{driver: d, txn: txn, cancel: cancel, commit: d.store.commit(), review: review, namespace: asked.Namespace}
	for i, group := range groups {
		found, err := e.answer(ctx, prepared[i], group)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			continue
		}
		results, err := drivers.ToResults(drivers.KeyMap(group), found)
		if err != nil {
			return nil, err
		}
		response.Results = append(response.Results, results...)
	}
	return response, nil
}

// byKind groups constraints by their kinds. All are in order: the client hands
// them over in any.
func byKind(constraints []*unstructured.Unstructured) [][]*unstructured.Unstructured {
	sorted := slices.Clone(constraints)
	slices.SortStableFunc(sorted, func(a, b *unstructured.Unstructured) int {
		return cmp.Or(strings.Compare(a.GetKind(), b.GetKind()), strings.Compare(a.GetName(), b.GetName()))
	})
	groups := [][]*unstructured.Unstructured{}
	for first, i := 0, 1; i <= len(sorted); i++ {
		if i == len(sorted) || sorted[i].GetKind() != sorted[first].GetKind() {
			groups = append(groups, sorted[first:i])
			first = i
		}
	}
	return groups
}

// failures says of each constraint why its template could not be evaluated.
func (d *Driver) failures(ctx context.Context, constraints []*unstructured.Unstructured, err error) rego.ResultSet {
	results := rego.ResultSet{}
	for _, constraint := range constraints {
		if d.options.Failed != nil {
			d.options.Failed(ctx, constraint)
		}
		results = append(results, rego.Result{Bindings: rego.Vars{"result": map[string]any{
			"msg": err.Error(),
			"key": map[string]any{"kind": constraint.GetKind(), "name": constraint.GetName()},
		}}})
	}
	return results
}

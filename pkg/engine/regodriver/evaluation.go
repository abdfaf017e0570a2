package regodriver

import (
	"context"
	"slices"

	"github.com/open-policy-agent/frameworks/constraint/pkg/client/drivers"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/target"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/topdown"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// evaluation is what the templates of one review have in common.
type evaluation struct {
	driver *Driver
	txn    storage.Transaction
	cancel topdown.Cancel
	// commit is the state of the store.
	commit    uint64
	review    any
	namespace map[string]any
	// value is the review as a Rego value, nil until it is needed.
	value ast.Value
}

// answer is what a template says of constraints of its kind, or why it could not
// be evaluated. The error is for a review that is none.
func (e *evaluation) answer(ctx context.Context, query queries, constraints []*unstructured.Unstructured) (rego.ResultSet, error) {
	asked := e.asked(query.answers, constraints)
	if asked != nil {
		if known, ok := asked.answer(); ok {
			return known, nil
		}
	}
	if e.value == nil {
		var err error
		if e.value, err = e.driver.reviewValue(e.review, e.namespace); err != nil {
			return nil, err
		}
	}
	found, err := e.eval(ctx, query, constraints)
	if err != nil {
		return e.driver.failures(ctx, constraints, err), nil
	}
	if asked != nil {
		asked.keep(found)
	}
	return found, nil
}

// asked is the question that is asked, nil where answers are not remembered.
func (e *evaluation) asked(answers *answers, constraints []*unstructured.Unstructured) *asked {
	review, ok := e.review.(Decoded)
	if !ok {
		return nil
	}
	return answers.ask(review.Decoded(), e.namespace, constraints, e.commit)
}

// eval asks a template about constraints of its kind: once, or a second time
// where the form of the data can be seen. OPA hands a part of the store that ends
// up in details out as the store has it, with int64 and float64, and all other
// numbers as json.Number, and the two are not always written alike.
func (e *evaluation) eval(ctx context.Context, asked queries, constraints []*unstructured.Unstructured) (rego.ResultSet, error) {
	found, err := e.first(ctx, asked, constraints)
	if err != nil || !slices.ContainsFunc(found, func(result rego.Result) bool { return hasNumber(result.Bindings["result"]) }) {
		return found, err
	}
	return e.ask(ctx, asked.exact, e.input(constraints))
}

func (e *evaluation) first(ctx context.Context, asked queries, constraints []*unstructured.Unstructured) (rego.ResultSet, error) {
	if len(constraints) > 1 {
		return e.ask(ctx, asked.fast, e.input(constraints))
	}
	key := drivers.ConstraintKeyFrom(constraints[0])
	parameters, err := e.driver.store.value(ctx, e.txn, key.StoragePath())
	if storage.IsNotFound(err) {
		// It was removed in the meantime.
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	found, err := e.ask(ctx, asked.single, ast.NewObject(
		[2]*ast.Term{ast.InternedTerm("review"), ast.NewTerm(e.value)},
		[2]*ast.Term{ast.InternedTerm("parameters"), ast.NewTerm(parameters)},
	))
	for _, result := range found {
		result.Bindings["result"].(map[string]any)["key"] = map[string]any{"kind": key.Kind, "name": key.Name}
	}
	return found, err
}

func (e *evaluation) ask(ctx context.Context, query rego.PreparedEvalQuery, input ast.Value) (rego.ResultSet, error) {
	return query.Eval(ctx, rego.EvalParsedInput(input), rego.EvalTransaction(e.txn), rego.EvalExternalCancel(e.cancel))
}

// input is what the hook sees.
func (e *evaluation) input(constraints []*unstructured.Unstructured) ast.Value {
	keys := make([]*ast.Term, len(constraints))
	for i, constraint := range constraints {
		keys[i] = ast.ObjectTerm(
			[2]*ast.Term{ast.InternedTerm("kind"), ast.StringTerm(constraint.GetKind())},
			[2]*ast.Term{ast.InternedTerm("name"), ast.StringTerm(constraint.GetName())},
		)
	}
	return ast.NewObject(
		[2]*ast.Term{ast.InternedTerm("target"), ast.StringTerm(target.Name)},
		[2]*ast.Term{ast.InternedTerm("constraints"), ast.ArrayTerm(keys...)},
		[2]*ast.Term{ast.InternedTerm("review"), ast.NewTerm(e.value)},
	)
}

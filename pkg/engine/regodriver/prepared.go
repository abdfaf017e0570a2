package regodriver

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"github.com/open-policy-agent/frameworks/constraint/pkg/core/templates"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage"
)

// violations is what the frameworks' driver asks.
const violations = "data.hooks.violation[result]"

// prepared is the query of a template. It is compiled when it is first asked:
// many templates meet no object.
type prepared struct {
	queries func() (queries, error)
}

// queries is one query over the same data in two forms: Rego values that were
// made before, and what the store has, as the frameworks' driver reads it.
type queries struct {
	fast, exact rego.PreparedEvalQuery
}

func (d *Driver) prepare(spec *templates.Target) *prepared {
	return &prepared{queries: sync.OnceValues(func() (queries, error) {
		compiler, err := d.code.compile(spec)
		if err != nil {
			return queries{}, fmt.Errorf("compiling the template once more: %w", err)
		}
		fast, err := d.prepareOver(d.store, compiler)
		if err != nil {
			return queries{}, err
		}
		exact, err := d.prepareOver(d.store.Store, compiler)
		return queries{fast, exact}, err
	})}
}

func (d *Driver) prepareOver(data storage.Store, compiler *ast.Compiler) (rego.PreparedEvalQuery, error) {
	// No caller's context: what is prepared serves all callers.
	return rego.New(
		rego.Compiler(compiler),
		rego.Store(data),
		rego.Query(violations),
		rego.EnablePrintStatements(d.options.Print),
		rego.PrintHook(d.options.PrintHook),
		rego.SetRegoVersion(ast.RegoV0),
	).PrepareForEval(context.Background())
}

// eval asks once, or a second time where the form of the data can be seen: OPA
// hands a part of the store that ends up in details out as the store has it,
// with int64 and float64, and all other numbers as json.Number, and the two are
// not always written alike.
func (q queries) eval(ctx context.Context, options ...rego.EvalOption) (rego.ResultSet, error) {
	found, err := q.fast.Eval(ctx, options...)
	if err != nil || !slices.ContainsFunc(found, func(result rego.Result) bool { return hasNumber(result.Bindings["result"]) }) {
		return found, err
	}
	return q.exact.Eval(ctx, options...)
}

func hasNumber(value any) bool {
	switch value := value.(type) {
	case json.Number:
		return true
	case map[string]any:
		for _, member := range value {
			if hasNumber(member) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(value, hasNumber)
	}
	return false
}

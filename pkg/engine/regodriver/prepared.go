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

// What is asked: about constraints as the frameworks' driver asks, and about one
// that is the input.
const (
	violations       = "data.hooks.violation[result]"
	singleViolations = "data.hooks.single[result]"
)

// prepared is the query of a template. It is compiled when it is first asked:
// many templates meet no object.
type prepared struct {
	queries func() (queries, error)
}

// queries is the same over data in two forms: Rego values that were made before,
// and what the store has, as the frameworks' driver reads it.
type queries struct {
	single, fast, exact rego.PreparedEvalQuery
	// answers is nil where none are kept.
	answers *answers
}

func (d *Driver) prepare(spec *templates.Target) *prepared {
	return &prepared{queries: sync.OnceValues(func() (made queries, err error) {
		compiler, err := d.code.compile(spec)
		if err != nil {
			return queries{}, fmt.Errorf("compiling the template once more: %w", err)
		}
		for _, each := range []struct {
			query *rego.PreparedEvalQuery
			data  storage.Store
			text  string
		}{{&made.single, d.store, singleViolations}, {&made.fast, d.store, violations}, {&made.exact, d.store.Store, violations}} {
			if *each.query, err = d.prepareOver(each.data, compiler, each.text); err != nil {
				return queries{}, err
			}
		}
		if made.answers, err = newAnswers(compiler, d.code.varying); err != nil {
			return queries{}, fmt.Errorf("looking at what the template observes: %w", err)
		}
		return made, nil
	})}
}

func (d *Driver) prepareOver(data storage.Store, compiler *ast.Compiler, query string) (rego.PreparedEvalQuery, error) {
	// No caller's context: what is prepared serves all callers.
	return rego.New(
		rego.Compiler(compiler),
		rego.Store(data),
		rego.Query(query),
		rego.EnablePrintStatements(d.options.Print),
		rego.PrintHook(d.options.PrintHook),
		rego.SetRegoVersion(ast.RegoV0),
	).PrepareForEval(context.Background())
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

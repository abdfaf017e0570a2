package server

import (
	"errors"
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/util"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// errKey says that a policy made up a key by itself.
var errKey = errors.New("want the name of a function and a list of arguments, as JSON")

// parseKey reads the key of a question: the function and its arguments as JSON,
// or the arguments as Rego in a string. The error wraps errKey. No key makes it
// panic.
func parseKey(key string) (function string, operands []*ast.Term, err error) {
	var parsed any
	if err := util.UnmarshalJSON([]byte(key), &parsed); err != nil {
		return "", nil, wrongKey(key)
	}
	value, err := ast.InterfaceToValue(parsed)
	if err != nil {
		return "", nil, wrongKey(key)
	}
	call, ok := value.(*ast.Array)
	if !ok || call.Len() != 2 {
		return "", nil, wrongKey(key)
	}
	name, ok := call.Elem(0).Value.(ast.String)
	if !ok {
		return "", nil, wrongKey(key)
	}
	arguments, ok := arguments(call.Elem(1).Value)
	if !ok {
		return "", nil, wrongKey(key)
	}
	arguments.Foreach(func(argument *ast.Term) { operands = append(operands, argument) })
	return string(name), operands, nil
}

// arguments are a list, or the text of one.
func arguments(value ast.Value) (*ast.Array, bool) {
	if text, ok := value.(ast.String); ok {
		term, err := ast.ParseTerm(string(text))
		if err != nil || !ast.IsConstant(term.Value) {
			return nil, false
		}
		value = term.Value
	}
	list, ok := value.(*ast.Array)
	return list, ok
}

// wrongKey says what is wrong, and repeats the beginning of the key.
func wrongKey(key string) error {
	const most = 100
	if len(key) > most {
		key = key[:most] + "…"
	}
	return fmt.Errorf("%s is no question: %w", advice.Quote(key), errKey)
}

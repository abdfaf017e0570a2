package kubequery

import (
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/resources"
)

// call is one call of a function by a policy.
type call struct {
	function string
	operands []*ast.Term
}

// argument is one argument of a call.
type argument struct {
	name  string
	value ast.Value
}

// argument returns the i-th argument, under the name that the function's
// documentation gives it.
func (c call) argument(i int, name string) argument {
	return argument{name: name, value: c.operands[i].Value}
}

// wrong says what is wrong with an argument. The error wraps ErrArgument.
func (a argument) wrong(format string, args ...any) error {
	return fmt.Errorf("%w %q: %w", ErrArgument, a.name, fmt.Errorf(format, args...))
}

// text is the argument as a string.
func (a argument) text() (string, error) {
	text, ok := a.value.(ast.String)
	if !ok {
		return "", a.wrong("want a string, found %s", describe(a.value))
	}
	return string(text), nil
}

// objectName is the argument as the name of an object.
func (a argument) objectName() (string, error) {
	name, err := a.text()
	if err != nil {
		return "", err
	}
	if err := checkName(name); err != nil {
		return "", a.wrong("%s is no name: it %w", advice.Quote(name), err)
	}
	return name, nil
}

// namespace is the argument as the namespace of a resource: "" where the
// resource has none, whatever the argument says.
func (a argument) namespace(resource resources.Resource) (string, error) {
	namespace, err := a.text()
	if err != nil || namespace == "" || !resource.Namespaced {
		return "", err
	}
	if err := checkName(namespace); err != nil {
		return "", a.wrong("%s is no namespace: it %w", advice.Quote(namespace), err)
	}
	return namespace, nil
}

// describe names the type of a value.
func describe(value ast.Value) string {
	switch name := ast.ValueName(value); name {
	case "null":
		return "null"
	case "array", "object":
		return "an " + name
	default:
		return "a " + name
	}
}

// shorten bounds a message that repeats a policy's value.
func shorten(text string) string {
	const most = 300
	if len(text) > most {
		return text[:most] + "…"
	}
	return text
}

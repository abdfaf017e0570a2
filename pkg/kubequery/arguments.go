package kubequery

import (
	"fmt"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
)

// longestSelector bounds selectors, in bytes. As part of the URL a selector has
// to fit a request header, which ends at 1 MiB on most servers; some only close
// the connection then.
const longestSelector = 256 << 10

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
		return "", a.wrong("%s is no name: it %w", quote(name), err)
	}
	return name, nil
}

// namespace is the argument as the namespace of a resource: "" where the
// resource has none, whatever the argument says.
func (a argument) namespace(resource Resource) (string, error) {
	namespace, err := a.text()
	if err != nil || namespace == "" || !resource.Namespaced {
		return "", err
	}
	if err := checkName(namespace); err != nil {
		return "", a.wrong("%s is no namespace: it %w", quote(namespace), err)
	}
	return namespace, nil
}

// labels is the argument as a label selector in canonical form. It is a map
// of labels, or a string in kubectl's syntax; what selects everything is "".
func (a argument) labels() (string, error) {
	var selector labels.Selector
	var err error
	switch value := a.value.(type) {
	case ast.String:
		// The parser would take a NUL for the end, and drop what follows.
		if strings.ContainsRune(string(value), 0) {
			return "", a.wrong("a label selector has no NUL characters")
		}
		selector, err = labels.Parse(string(value))
	case ast.Object:
		selector, err = equalities(value)
	default:
		return "", a.wrong("want a map of labels or a string, found %s", describe(a.value))
	}
	if err != nil {
		return "", a.wrong("%s", shorten(err.Error()))
	}
	canonical := selector.String()
	if len(canonical) > longestSelector {
		return "", a.wrong("may not be longer than %d bytes, has %d", longestSelector, len(canonical))
	}
	return canonical, nil
}

// equalities turns a map into one requirement for each label, so that no key
// and no value is read as syntax.
func equalities(object ast.Object) (labels.Selector, error) {
	requirements := labels.Requirements{}
	err := object.Iter(func(key, value *ast.Term) error {
		label, ok := key.Value.(ast.String)
		if !ok {
			return fmt.Errorf("want strings as keys, found %s", describe(key.Value))
		}
		text, ok := value.Value.(ast.String)
		if !ok {
			return fmt.Errorf("want a string as value of label %s, found %s", quote(string(label)), describe(value.Value))
		}
		requirement, err := labels.NewRequirement(string(label), selection.Equals, []string{string(text)})
		if err != nil {
			return err
		}
		requirements = append(requirements, *requirement)
		return nil
	})
	return labels.NewSelector().Add(requirements...), err
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

package kubequery

import (
	"errors"
	"fmt"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// longestSelector bounds selectors, in bytes. As part of the URL a selector has
// to fit a request header, which ends at 1 MiB on most servers; some only close
// the connection then.
const longestSelector = 256 << 10

// labels is the argument as a label selector in canonical form. It is a map
// of labels, or a string in kubectl's syntax; what selects everything is "".
func (a argument) labels() (string, error) {
	return a.selector("label", func(text string) (fmt.Stringer, error) { return labels.Parse(text) }, labelsEqual)
}

// fields is the argument as a field selector in canonical form: a map of
// fields, or a string in kubectl's syntax. Which fields can be selected by is
// for the server to say.
func (a argument) fields() (string, error) {
	return a.selector("field", parseFields, fieldsEqual)
}

// selector is the argument as a selector of one kind, made by parse of a string
// and by equal of a map, whose keys and values are never read as syntax.
func (a argument) selector(
	kind string, parse func(string) (fmt.Stringer, error), equal func([]pair) (fmt.Stringer, error),
) (string, error) {
	var selector fmt.Stringer
	var err error
	switch value := a.value.(type) {
	case ast.String:
		if len(value) > longestSelector {
			return "", a.tooLong(len(value))
		}
		// The parser of labels would take a NUL for the end, and drop what follows.
		if strings.ContainsRune(string(value), 0) {
			return "", a.wrong("a %s selector has no NUL characters", kind)
		}
		selector, err = parse(string(value))
	case ast.Object:
		var pairs []pair
		if pairs, err = pairsOf(kind, value); err == nil {
			selector, err = equal(pairs)
		}
	default:
		return "", a.wrong("want a map of %ss or a string, found %s", kind, describe(a.value))
	}
	if err != nil {
		return "", a.wrong("%s", shorten(err.Error()))
	}
	canonical := selector.String()
	if len(canonical) > longestSelector {
		return "", a.tooLong(len(canonical))
	}
	return canonical, nil
}

// tooLong refuses a selector of that many bytes.
func (a argument) tooLong(size int) error {
	return a.wrong("may not be longer than %d bytes, has %d", longestSelector, size)
}

// pair is one entry of a map of labels or fields.
type pair struct{ key, value string }

// pairsOf are the entries of a map, sorted by key.
func pairsOf(kind string, object ast.Object) ([]pair, error) {
	pairs := []pair{}
	err := object.Iter(func(key, value *ast.Term) error {
		name, ok := key.Value.(ast.String)
		if !ok {
			return fmt.Errorf("want strings as keys, found %s", describe(key.Value))
		}
		text, ok := value.Value.(ast.String)
		if !ok {
			return fmt.Errorf("want a string as value of %s %s, found %s", kind, advice.Quote(string(name)), describe(value.Value))
		}
		if size := max(len(name), len(text)); size > longestSelector {
			return fmt.Errorf("may not be longer than %d bytes, has %d in one place", longestSelector, size)
		}
		pairs = append(pairs, pair{string(name), string(text)})
		return nil
	})
	return pairs, err
}

func labelsEqual(pairs []pair) (fmt.Stringer, error) {
	requirements := labels.Requirements{}
	for _, p := range pairs {
		requirement, err := labels.NewRequirement(p.key, selection.Equals, []string{p.value})
		if err != nil {
			return nil, err
		}
		requirements = append(requirements, *requirement)
	}
	return labels.NewSelector().Add(requirements...), nil
}

func fieldsEqual(pairs []pair) (fmt.Stringer, error) {
	terms := []fields.Selector{}
	for _, p := range pairs {
		if err := checkField(p.key); err != nil {
			return nil, err
		}
		terms = append(terms, fields.OneTermEqualSelector(p.key, p.value))
	}
	return fields.AndSelectors(terms...), nil
}

func parseFields(text string) (fmt.Stringer, error) {
	selector, err := fields.ParseSelector(text)
	if err != nil {
		return nil, err
	}
	for _, requirement := range selector.Requirements() {
		if err := checkField(requirement.Field); err != nil {
			return nil, err
		}
	}
	return selector, nil
}

// checkField refuses what is no name of a field: the syntax cannot escape
// anything there.
func checkField(name string) error {
	if name == "" {
		return errors.New("a field has no name")
	}
	if strings.ContainsAny(name, "=!,\\") {
		return fmt.Errorf("%s is no name of a field", advice.Quote(name))
	}
	return nil
}

package regodriver

import (
	"strconv"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Decoded is a review of objects that were decoded before: it spares writing
// and reading them as JSON.
type Decoded interface {
	Decoded() Manifest
}

// Manifest is a request for admission without a user. Its objects are as
// Kubernetes' decoders make them: of maps and lists that are not nil, int64,
// float64, string, bool and nil; numbers are finite, texts UTF-8.
type Manifest struct {
	Kind            metav1.GroupVersionKind
	Name, Namespace string
	Operation       admissionv1.Operation
	// Object and OldObject are nil where the request has none. They are not
	// changed.
	Object, OldObject map[string]any
}

// emptyRequest is what JSON has of a request without anything: some fields are
// there all the same.
var emptyRequest = sync.OnceValues(func() ([][2]*ast.Term, error) {
	fields, err := roundTrip(&admissionv1.AdmissionRequest{})
	if err != nil {
		return nil, err
	}
	pairs := [][2]*ast.Term{}
	for name, value := range fields {
		converted, err := ast.InterfaceToValue(value)
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, ast.Item(ast.StringTerm(name), ast.NewTerm(converted)))
	}
	return pairs, nil
})

// converter makes Rego values of what went through JSON, or could have: all
// numbers are float64 there, which their text shows. It serves one review.
type converter struct {
	terms *terms
	// pairs are of the objects that are not complete yet, those around first.
	pairs [][2]*ast.Term
}

// review is the review that templates see: what JSON would make of the request.
func (c *converter) review(of Manifest, namespace map[string]any) (ast.Value, error) {
	empty, err := emptyRequest()
	if err != nil {
		return nil, err
	}
	fields := map[string]any{
		"kind":      map[string]any{"group": of.Kind.Group, "version": of.Kind.Version, "kind": of.Kind.Kind},
		"operation": string(of.Operation),
	}
	for name, text := range map[string]string{"name": of.Name, "namespace": of.Namespace} {
		if text != "" {
			fields[name] = text
		}
	}
	for name, object := range map[string]map[string]any{"object": of.Object, "oldObject": of.OldObject} {
		if object != nil {
			fields[name] = object
		}
	}
	// It is no part of what goes through JSON.
	around, err := ast.InterfaceToValue(namespace)
	if err != nil {
		return nil, err
	}
	pairs := [][2]*ast.Term{{c.terms.of("namespaceObject"), ast.NewTerm(around)}}
	for _, pair := range empty {
		if _, given := fields[string(pair[0].Value.(ast.String))]; !given {
			pairs = append(pairs, pair)
		}
	}
	for name, value := range fields {
		converted, err := c.term(value)
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, [2]*ast.Term{c.terms.of(name), converted})
	}
	return ast.NewObject(pairs...), nil
}

func (c *converter) term(value any) (*ast.Term, error) {
	switch value := value.(type) {
	case string:
		return c.terms.of(value), nil
	case map[string]any:
		return c.object(value)
	case []any:
		list := make([]*ast.Term, len(value))
		for i, member := range value {
			converted, err := c.term(member)
			if err != nil {
				return nil, err
			}
			list[i] = converted
		}
		return ast.ArrayTerm(list...), nil
	case bool:
		return ast.InternedTerm(value), nil
	case nil:
		return ast.InternedNullTerm, nil
	case int64:
		// The text of a float64 has an exponent from there on.
		if -1_000_000 < value && value < 1_000_000 {
			return ast.InternedTerm(value), nil
		}
		return ast.NewTerm(ast.Number(strconv.FormatFloat(float64(value), 'g', -1, 64))), nil
	default:
		converted, err := ast.InterfaceToValue(value)
		return ast.NewTerm(converted), err
	}
}

func (c *converter) object(object map[string]any) (*ast.Term, error) {
	first := len(c.pairs)
	defer func() { c.pairs = c.pairs[:first] }()
	for name, member := range object {
		converted, err := c.term(member)
		if err != nil {
			return nil, err
		}
		c.pairs = append(c.pairs, [2]*ast.Term{c.terms.of(name), converted})
	}
	return ast.ObjectTerm(c.pairs[first:]...), nil
}

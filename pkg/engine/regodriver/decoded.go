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
var emptyRequest = sync.OnceValues(func() (map[string]any, error) {
	return roundTrip(&admissionv1.AdmissionRequest{})
})

// value is the review that templates see: what JSON would make of the request.
func (m Manifest) value(namespace map[string]any) (ast.Value, error) {
	empty, err := emptyRequest()
	if err != nil {
		return nil, err
	}
	fields := make(map[string]any, len(empty)+4)
	for name, value := range empty {
		fields[name] = value
	}
	fields["kind"] = map[string]any{"group": m.Kind.Group, "version": m.Kind.Version, "kind": m.Kind.Kind}
	fields["operation"] = string(m.Operation)
	for name, text := range map[string]string{"name": m.Name, "namespace": m.Namespace} {
		if text != "" {
			fields[name] = text
		}
	}
	for name, object := range map[string]map[string]any{"object": m.Object, "oldObject": m.OldObject} {
		if object == nil {
			continue
		}
		if fields[name], err = jsonValue(object); err != nil {
			return nil, err
		}
	}
	fields["namespaceObject"] = namespace
	return ast.InterfaceToValue(fields)
}

// jsonValue is a value as it is after it went through JSON, where all numbers
// become float64.
func jsonValue(value any) (ast.Value, error) {
	switch value := value.(type) {
	case map[string]any:
		return jsonObject(value)
	case []any:
		terms := make([]ast.Term, len(value))
		list := make([]*ast.Term, len(value))
		for i, member := range value {
			converted, err := jsonValue(member)
			if err != nil {
				return nil, err
			}
			terms[i].Value, list[i] = converted, &terms[i]
		}
		return ast.NewArray(list...), nil
	case int64:
		// The text of a float64 has an exponent from there on.
		if -1_000_000 < value && value < 1_000_000 {
			return ast.InterfaceToValue(value)
		}
		return ast.Number(strconv.FormatFloat(float64(value), 'g', -1, 64)), nil
	default:
		return ast.InterfaceToValue(value)
	}
}

func jsonObject(object map[string]any) (ast.Value, error) {
	terms := make([]ast.Term, len(object))
	pairs := make([][2]*ast.Term, 0, len(object))
	for name, member := range object {
		converted, err := jsonValue(member)
		if err != nil {
			return nil, err
		}
		term := &terms[len(pairs)]
		term.Value = converted
		pairs = append(pairs, [2]*ast.Term{ast.InternedTerm(name), term})
	}
	return ast.NewObject(pairs...), nil
}

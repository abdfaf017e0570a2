package regodriver

import (
	"encoding/json"

	constraintclient "github.com/open-policy-agent/frameworks/constraint/pkg/client"
	"github.com/open-policy-agent/opa/v1/ast"
	"k8s.io/apimachinery/pkg/runtime"
)

// reviewValue is a review of Gatekeeper's target as templates see it, with the
// object's namespace, null where that is not known. Numbers are what
// encoding/json makes of them, float64, as in the frameworks' driver: so is
// their text in messages.
func (d *Driver) reviewValue(review any, namespace map[string]any) (ast.Value, error) {
	if decoded, ok := review.(Decoded); ok {
		return (&converter{terms: d.terms, pairs: make([][2]*ast.Term, 0, 64)}).review(decoded.Decoded(), namespace)
	}
	fields, err := reviewFields(review)
	if err != nil {
		return nil, err
	}
	fields["namespaceObject"] = namespace
	return ast.InterfaceToValue(fields)
}

// reviewFields is the review as JSON has it. What is JSON already, the objects,
// is not written and read again.
func reviewFields(review any) (map[string]any, error) {
	getter, ok := review.(constraintclient.ARGetter)
	if !ok {
		return roundTrip(review)
	}
	request := getter.GetAdmissionRequest()
	object, known := decode(request.Object)
	old, oldKnown := decode(request.OldObject)
	if !known || !oldKnown {
		return roundTrip(review)
	}
	envelope := *request
	envelope.Object, envelope.OldObject = runtime.RawExtension{}, runtime.RawExtension{}
	fields, err := roundTrip(&envelope)
	if err != nil {
		return nil, err
	}
	fields["object"], fields["oldObject"] = object, old
	return fields, nil
}

// decode reads an object; known is false where the round trip has to tell what
// comes of it, or why nothing does.
func decode(raw runtime.RawExtension) (value any, known bool) {
	if raw.Raw == nil {
		return nil, raw.Object == nil
	}
	err := json.Unmarshal(raw.Raw, &value)
	return value, err == nil
}

func roundTrip(value any) (map[string]any, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	fields := map[string]any{}
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, err
	}
	return fields, nil
}

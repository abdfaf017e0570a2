package engine

import (
	"context"
	"encoding/json"
	"math"
	"unicode/utf8"

	constraintclient "github.com/open-policy-agent/frameworks/constraint/pkg/client"
	"github.com/open-policy-agent/frameworks/constraint/pkg/client/drivers"
	"github.com/open-policy-agent/frameworks/constraint/pkg/client/reviews"
	admissionv1 "k8s.io/api/admission/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/engine/regodriver"
)

// decoded is the review of a manifest, without the JSON that Gatekeeper makes of
// it: matching and Rego look at the object itself. It serves one review.
type decoded struct {
	Object
	point     Point
	described regodriver.Manifest
}

var (
	_ regodriver.Decoded        = &decoded{}
	_ constraintclient.ARGetter = &decoded{}
	_ json.Marshaler            = &decoded{}
)

// decode returns the review of an object, ok is false where JSON would change
// it or Gatekeeper would refuse it: then Gatekeeper has to tell what comes of it.
func decode(object Object, point Point) (review *decoded, ok bool) {
	if object.Request != nil || object.Manifest == nil || object.Manifest.GroupVersionKind().Kind == "" || !survivesJSON(object.Manifest.Object, 0) {
		return nil, false
	}
	return &decoded{object, point, object.described(point)}, true
}

// deepest is how deep objects may be to be taken as they are. Decoders of JSON
// have a limit, too, far beyond.
const deepest = 100

// survivesJSON tells whether a value that is written as JSON and read again is
// the same, but for the types of numbers.
func survivesJSON(value any, depth int) bool {
	switch value := value.(type) {
	case nil, bool, int64:
		return true
	case string:
		return utf8.ValidString(value)
	case float64:
		return !math.IsNaN(value) && !math.IsInf(value, 0)
	case map[string]any:
		if value == nil || depth > deepest {
			return false
		}
		for name, member := range value {
			if !utf8.ValidString(name) || !survivesJSON(member, depth+1) {
				return false
			}
		}
		return true
	case []any:
		if value == nil || depth > deepest {
			return false
		}
		for _, member := range value {
			if !survivesJSON(member, depth+1) {
				return false
			}
		}
		return true
	default:
		return false
	}
}

// Decoded is the review for our Rego driver.
func (d *decoded) Decoded() regodriver.Manifest { return d.described }

// GetAdmissionRequest has what the client looks at: the operation.
func (d *decoded) GetAdmissionRequest() *admissionv1.AdmissionRequest {
	return &admissionv1.AdmissionRequest{Operation: d.described.Operation}
}

// MarshalJSON writes the whole request.
func (d *decoded) MarshalJSON() ([]byte, error) {
	plain, err := d.plain()
	if err != nil {
		return nil, err
	}
	return json.Marshal(plain)
}

// plain is the review as Gatekeeper makes it.
func (d *decoded) plain() (any, error) {
	asked, err := d.asked(d.point)
	if err != nil {
		return nil, err
	}
	_, review, err := (&gatekeeper{}).HandleReview(asked)
	return review, err
}

// wholeRequest is a driver that needs the request as it is: Gatekeeper's for
// CEL. It changes the request of a deletion, which other drivers are asked
// about, too, before or after it, as it happens. Here it gets a request of its
// own, so what others see does not change: for Rego a deletion has the object.
type wholeRequest struct{ drivers.Driver }

// requested is a review that is nothing but a request.
type requested struct {
	request admissionv1.AdmissionRequest
}

// GetAdmissionRequest returns the request.
func (r *requested) GetAdmissionRequest() *admissionv1.AdmissionRequest { return &r.request }

// Query asks the driver.
func (w wholeRequest) Query(ctx context.Context, name string, constraints []*unstructured.Unstructured, review any, opts ...reviews.ReviewOpt) (*drivers.QueryResponse, error) {
	if decoded, ok := review.(*decoded); ok {
		plain, err := decoded.plain()
		if err != nil {
			return nil, err
		}
		review = plain
	}
	if getter, ok := review.(constraintclient.ARGetter); ok {
		review = &requested{*getter.GetAdmissionRequest()}
	}
	return w.Driver.Query(ctx, name, constraints, review, opts...)
}

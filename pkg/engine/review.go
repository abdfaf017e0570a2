package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/open-policy-agent/frameworks/constraint/pkg/client/reviews"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/mutation/types"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/target"
	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-opa/kubectl-opa/pkg/engine/regodriver"
)

// Object is what is reviewed.
type Object struct {
	// Manifest is an object as it is: what audit and gator review. At the webhook
	// it is a request to create it, if it is not Generated. Review does not change
	// it.
	Manifest *unstructured.Unstructured
	// Request is what the webhook gets, as it is. One of the two is set.
	Request *admissionv1.AdmissionRequest
	// Namespace is the object's, nil for those of the cluster and where it is
	// not known. It must not change after a review.
	Namespace *corev1.Namespace
	// Generated is for what an expansion made.
	Generated bool
	// Operation is that of the request which a Generated object was expanded
	// from; "" elsewhere.
	Operation admissionv1.Operation
}

// Result is what one constraint says of an object.
type Result struct {
	// Constraint is shared with the engine: do not change it.
	Constraint *unstructured.Unstructured
	Message    string
	// Details are the template's; nil if it has none to give.
	Details any
	// Action is the constraint's enforcement action, "scoped" where Scoped has
	// those of the enforcement point.
	Action string
	Scoped []string
}

// Results are what all constraints say of an object, ordered by kind and name
// of the constraint, then as the template gives them.
type Results struct {
	// Violations are what policies object to.
	Violations []Result
	// Autorejects come from constraints that could not be matched or templates
	// that could not be evaluated: Gatekeeper treats them as violations, with
	// the constraint's action.
	Autorejects []Result
	// Matched is how many constraints matched, those that could not be matched
	// included.
	Matched int
}

// Review asks all constraints that match.
func (e *Engine) Review(ctx context.Context, object Object) (Results, error) {
	if review, ok := decode(object, e.point); ok {
		return e.review(ctx, review, object.Namespace)
	}
	asked, err := object.asked(e.point)
	if err != nil {
		return Results{}, err
	}
	return e.review(ctx, asked, object.Namespace)
}

// review asks the client.
func (e *Engine) review(ctx context.Context, asked any, namespace *corev1.Namespace) (Results, error) {
	opts := []reviews.ReviewOpt{reviews.EnforcementPoint(string(e.point))}
	// gator gives policies no namespaceObject.
	if namespace != nil && e.point != Gator && e.target.has(withNamespaceObject) {
		fields, err := e.namespaces.fields(namespace)
		if err != nil {
			return Results{}, fmt.Errorf("reading namespace %q: %w", namespace.Name, err)
		}
		opts = append(opts, reviews.Namespace(fields))
	}
	seen := &observation{}
	responses, err := e.client.Review(context.WithValue(ctx, observationKey{}, seen), asked, opts...)
	if err != nil {
		return Results{}, fmt.Errorf("reviewing: %w", err)
	}
	answered := responses.ByTarget[target.Name]
	if answered == nil {
		return Results{}, nil
	}
	return seen.results(answered.Results), nil
}

// asked is the object as Gatekeeper's target takes it.
func (o Object) asked(at Point) (any, error) {
	switch {
	case o.Request != nil:
		return &target.AugmentedReview{AdmissionRequest: o.Request, Namespace: o.Namespace, Source: o.source(), IsAdmission: true}, nil
	case o.Manifest == nil:
		return nil, errors.New("reviewing: no object")
	case o.created(at):
		request, err := o.creation()
		if err != nil {
			return nil, err
		}
		return &target.AugmentedReview{AdmissionRequest: request, Namespace: o.Namespace, Source: o.source(), IsAdmission: true}, nil
	default:
		return target.AugmentedUnstructured{Object: *o.Manifest, Namespace: o.Namespace, Operation: o.Operation, Source: o.source()}, nil
	}
}

func (o Object) source() types.SourceType {
	if o.Generated {
		return types.SourceTypeGenerated
	}
	return types.SourceTypeOriginal
}

// described is the request for admission that a manifest stands for. At the
// webhook it is to be created.
func (o Object) described(at Point) regodriver.Manifest {
	kind := o.Manifest.GroupVersionKind()
	manifest := regodriver.Manifest{
		Kind: metav1.GroupVersionKind(kind), Name: o.Manifest.GetName(), Namespace: o.Manifest.GetNamespace(),
		Operation: o.Operation, Object: o.Manifest.Object,
	}
	switch {
	case o.created(at):
		manifest.Operation = admissionv1.Create
		// Gatekeeper's webhook does this (issue 792 there).
		if kind.Kind == "Namespace" && kind.Group == "" {
			manifest.Namespace = ""
		}
	case o.Operation == admissionv1.Delete:
		manifest.OldObject = manifest.Object
	}
	return manifest
}

func (o Object) created(at Point) bool { return at == Webhook && !o.Generated }

// creation is the request to create a manifest.
func (o Object) creation() (*admissionv1.AdmissionRequest, error) {
	text, err := o.Manifest.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("reviewing: writing the object as JSON: %w", err)
	}
	described := o.described(Webhook)
	return &admissionv1.AdmissionRequest{
		Kind: described.Kind, Name: described.Name, Namespace: described.Namespace,
		Operation: described.Operation, Object: runtime.RawExtension{Raw: text},
	}, nil
}

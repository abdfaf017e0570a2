package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/open-policy-agent/frameworks/constraint/pkg/client/drivers"
	"github.com/open-policy-agent/frameworks/constraint/pkg/client/reviews"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/mutation/types"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/target"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/util"
	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Object is what is reviewed.
type Object struct {
	// Manifest is an object as audit and gator review it; Request what the
	// webhook gets. One of them is set.
	Manifest *unstructured.Unstructured
	Request  *admissionv1.AdmissionRequest
	// Namespace is the object's, nil for those of the cluster and where it is
	// not known.
	Namespace *corev1.Namespace
	// Generated is for what an expansion made.
	Generated bool
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
}

// Review asks all constraints that match.
func (e *Engine) Review(ctx context.Context, object Object) (Results, error) {
	opts := []reviews.ReviewOpt{reviews.EnforcementPoint(string(e.point))}
	// gator gives policies no namespaceObject.
	if object.Namespace != nil && e.point != Gator {
		fields, err := util.NamespaceToMap(object.Namespace)
		if err != nil {
			return Results{}, fmt.Errorf("reading namespace %q: %w", object.Namespace.Name, err)
		}
		opts = append(opts, reviews.Namespace(fields))
	}
	asked, err := object.asked()
	if err != nil {
		return Results{}, err
	}
	seen := &observation{}
	responses, err := e.client.Review(context.WithValue(ctx, observationKey{}, seen), asked, opts...)
	if err != nil {
		return Results{}, fmt.Errorf("reviewing: %w", err)
	}
	results := Results{}
	if responses.ByTarget[target.Name] == nil {
		return results, nil
	}
	for _, each := range responses.ByTarget[target.Name].Results {
		result := Result{
			Constraint: each.Constraint, Message: each.Msg, Details: each.Metadata["details"],
			Action: each.EnforcementAction, Scoped: each.ScopedEnforcementActions,
		}
		if seen.judged(drivers.ConstraintKeyFrom(each.Constraint)) {
			results.Violations = append(results.Violations, result)
		} else {
			results.Autorejects = append(results.Autorejects, result)
		}
	}
	return results, nil
}

// asked is the object as Gatekeeper's target takes it.
func (o Object) asked() (any, error) {
	source := types.SourceTypeOriginal
	if o.Generated {
		source = types.SourceTypeGenerated
	}
	switch {
	case o.Request != nil:
		// Gatekeeper changes the request of a DELETE.
		return &target.AugmentedReview{AdmissionRequest: o.Request.DeepCopy(), Namespace: o.Namespace, Source: source, IsAdmission: true}, nil
	case o.Manifest != nil:
		return target.AugmentedUnstructured{Object: *o.Manifest, Namespace: o.Namespace, Source: source}, nil
	default:
		return nil, errors.New("reviewing: no object")
	}
}

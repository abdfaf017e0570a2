package conformance_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	admissionv1 "k8s.io/api/admission/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-opa/kubectl-opa/pkg/engine"
	"github.com/kubectl-opa/kubectl-opa/pkg/engine/conformance"
)

// TestEnforcer runs the cases through our own enforcement points.
func TestEnforcer(t *testing.T) {
	for _, point := range []conformance.Point{conformance.Webhook, conformance.Audit, conformance.Gator} {
		t.Run(string(point), func(t *testing.T) { run(t, enforcers{}, point) })
	}
}

var enforcementPoints = map[conformance.Point]engine.Point{
	conformance.Webhook: engine.Webhook, conformance.Audit: engine.Audit, conformance.Gator: engine.Gator,
}

// enforcers makes an enforcement point for each review.
type enforcers struct{}

// Lacks tells that an Enforcer's audit has no cache, like a Gatekeeper that is not told to use it.
func (enforcers) Lacks(r conformance.Review) bool { return r.FromCache }

func (enforcers) Review(ctx context.Context, c conformance.Case, r conformance.Review, at conformance.Point) (conformance.Outcome, error) {
	enforcer, err := engine.NewEnforcer(engine.Options{Point: enforcementPoints[at]})
	if err != nil {
		return conformance.Outcome{}, err
	}
	objects := objectsOf(c, at)
	if err := fill(ctx, enforcer, objects); err != nil {
		return conformance.Outcome{Error: err.Error()}, nil
	}
	if at != conformance.Gator {
		object, err := subjectOf(r, at)
		if err != nil {
			return conformance.Outcome{}, err
		}
		return outcome(enforcer.Review(ctx, object))
	}
	// gator test reviews all that it reads, and one error ends it.
	reviewed := conformance.Outcome{}
	for _, object := range objects {
		found, err := outcome(enforcer.Review(ctx, engine.Object{Manifest: object}))
		if err != nil || found.Error != "" {
			return found, err
		}
		switch {
		case identity(object.Object) == identity(r.Object):
			reviewed.Violations = append(reviewed.Violations, found.Violations...)
		case !slices.ContainsFunc(c.Reviews, func(other conformance.Review) bool {
			return other.At(conformance.Gator) && identity(other.Object) == identity(object.Object)
		}):
			for _, v := range found.Violations {
				reviewed.Besides = append(reviewed.Besides, object.GetKind()+"/"+object.GetName()+": "+v.Message)
			}
		}
	}
	return reviewed, nil
}

// objectsOf are all objects of a case; in gator, those under review are among them. Where there is a cluster, it has a Config: without
// anything that says what is synced, an Enforcer would take everything for synced, and a cluster nothing.
func objectsOf(c conformance.Case, at conformance.Point) []*unstructured.Unstructured {
	objects := []*unstructured.Unstructured{}
	for _, object := range slices.Concat(c.Templates, c.Constraints, c.Namespaces, c.Given) {
		objects = append(objects, (&unstructured.Unstructured{Object: object}).DeepCopy())
	}
	if at == conformance.Gator {
		for _, r := range c.Reviews {
			if r.At(conformance.Gator) {
				objects = append(objects, (&unstructured.Unstructured{Object: r.Object}).DeepCopy())
			}
		}
		return objects
	}
	if !slices.ContainsFunc(objects, func(o *unstructured.Unstructured) bool { return engine.RoleOf(o) == engine.Config }) {
		objects = append(objects, &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "config.gatekeeper.sh/v1alpha1", "kind": "Config", "metadata": map[string]any{"name": "config"},
		}})
	}
	return objects
}

func fill(ctx context.Context, enforcer *engine.Enforcer, objects []*unstructured.Unstructured) error {
	for _, role := range engine.Roles {
		for _, object := range objects {
			if engine.RoleOf(object) != role {
				continue
			}
			if err := enforcer.Add(ctx, object); err != nil {
				return err
			}
		}
	}
	if !enforcer.ReadsInventory() {
		return nil
	}
	for _, object := range objects {
		if err := enforcer.AddData(ctx, object); err != nil {
			return err
		}
	}
	return nil
}

// subjectOf is what the webhook and the audit get: what is created by an administrator as a manifest, all else as a request.
func subjectOf(r conformance.Review, at conformance.Point) (engine.Object, error) {
	if at == conformance.Audit || r.Operation == conformance.Create && r.User == "" {
		return engine.Object{Manifest: (&unstructured.Unstructured{Object: r.Object}).DeepCopy()}, nil
	}
	object := &unstructured.Unstructured{Object: r.Object}
	if r.Operation == conformance.Delete {
		object = &unstructured.Unstructured{Object: r.OldObject}
	}
	request := &admissionv1.AdmissionRequest{
		Operation: admissionv1.Operation(r.Operation), UserInfo: authenticationv1.UserInfo{Username: r.User},
	}
	if object.Object != nil {
		request.Kind = metav1.GroupVersionKind(object.GroupVersionKind())
		request.Name, request.Namespace = object.GetName(), object.GetNamespace()
	}
	for _, part := range []struct {
		object map[string]any
		raw    *runtime.RawExtension
	}{{r.Object, &request.Object}, {r.OldObject, &request.OldObject}} {
		if part.object == nil {
			continue
		}
		text, err := json.Marshal(part.object)
		if err != nil {
			return engine.Object{}, err
		}
		part.raw.Raw = text
	}
	return engine.Object{Request: request}, nil
}

func outcome(verdict engine.Verdict, err error) (conformance.Outcome, error) {
	if err != nil {
		return conformance.Outcome{Error: err.Error()}, nil
	}
	found := conformance.Outcome{}
	for _, results := range [][]engine.Result{verdict.Violations, verdict.Autorejects} {
		for _, result := range results {
			actions := []string{result.Action}
			if result.Action == "scoped" {
				actions = result.Scoped
			}
			details := result.Details
			if object, isMap := details.(map[string]any); isMap && len(object) == 0 {
				details = nil
			}
			found.Violations = append(found.Violations, conformance.Violation{
				Constraint: result.Constraint.GetName(), Message: result.Message, Actions: actions, Details: details,
				Autoreject: conformance.Autorejected(result.Message),
			})
		}
	}
	return found, nil
}

package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	admissionv1 "k8s.io/api/admission/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// Review does what the enforcement point does with an object. It finds the
// Namespace itself: that of the argument does not count. A request is for the
// webhook alone. What ends a review is an error, in Gatekeeper's words.
func (e *Enforcer) Review(ctx context.Context, object Object) (Verdict, error) {
	s, err := e.subject(object)
	if err != nil {
		return Verdict{}, err
	}
	verdict, err := e.review(ctx, s)
	if err != nil {
		return Verdict{}, fmt.Errorf("reviewing %s %s: %w", s.manifest.GetKind(), s.name(), err)
	}
	return verdict, nil
}

func (e *Enforcer) review(ctx context.Context, s subject) (Verdict, error) {
	why, err := e.exclusion(e.point, s.manifest)
	if err != nil {
		return Verdict{}, err
	}
	differences, err := e.compare(s, why)
	if err != nil {
		return Verdict{}, err
	}
	verdict := Verdict{Excluded: why, Differences: differences}
	if why != "" {
		return verdict, nil
	}
	if verdict.Results, err = e.engine.Review(ctx, s.object); err != nil {
		return Verdict{}, err
	}
	return verdict, e.expand(ctx, s, &verdict)
}

// subject is an object under review.
type subject struct {
	object Object
	// manifest is the object itself: of a request the new object, of one to
	// delete the old one. It is empty if a request has none.
	manifest *unstructured.Unstructured
}

func (e *Enforcer) subject(object Object) (subject, error) {
	switch {
	case object.Request != nil && e.point == Webhook:
		return e.requested(object)
	case object.Request != nil:
		return subject{}, advice.Errorf("use --as webhook, or the object itself",
			"reviewing request %q: it is for the webhook, and this is %s", object.Request.Name, e.point.short())
	case object.Manifest == nil:
		return subject{}, errors.New("reviewing: no object")
	}
	object.Manifest = e.labelled(object.Manifest)
	object.Namespace = e.namespaceOf(object.Manifest.GetNamespace())
	return subject{object, object.Manifest}, nil
}

// requested takes a request as the webhook does.
func (e *Enforcer) requested(object Object) (subject, error) {
	request, manifest := object.Request, &unstructured.Unstructured{}
	raw := request.Object.Raw
	if request.Operation == admissionv1.Delete {
		raw = request.OldObject.Raw
	}
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, manifest); err != nil {
			return subject{}, fmt.Errorf("reviewing request %q: reading its object: %w", request.Name, err)
		}
		manifest.SetNamespace(request.Namespace)
	}
	if request.Kind.Kind == "Namespace" && request.Kind.Group == "" {
		// The webhook takes it from all requests alike: with a server-side apply
		// they have it, else they do not.
		blank := *request
		blank.Namespace = ""
		request = &blank
		manifest.SetNamespace("")
	}
	object.Request, object.Namespace = request, e.namespaceOf(request.Namespace)
	return subject{object, manifest}, nil
}

func (s subject) name() string {
	name := s.manifest.GetName()
	if name == "" {
		name = s.manifest.GetGenerateName()
	}
	if namespace := s.manifest.GetNamespace(); namespace != "" {
		name = namespace + "/" + name
	}
	return name
}

// username is who asks; nobody but at the webhook.
func (s subject) username() string {
	if s.object.Request == nil {
		return ""
	}
	return s.object.Request.UserInfo.Username
}

// operation is what is asked for; nothing but at the webhook.
func (s subject) operation(at Point) admissionv1.Operation {
	switch {
	case s.object.Request != nil:
		return s.object.Request.Operation
	case at == Webhook:
		return admissionv1.Create
	}
	return ""
}

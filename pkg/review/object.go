package review

import (
	"fmt"

	admissionv1 "k8s.io/api/admission/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/engine"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
)

// object is what the enforcement point gets of a document: the object, or the
// request of an AdmissionReview.
func (p *prepared) object(document manifest.Document) (engine.Object, error) {
	object := document.Object()
	switch {
	case p.engine.Point == engine.Gator:
		return engine.Object{Manifest: object}, nil
	case object.GetKind() == "":
		return engine.Object{}, advice.Errorf("give manifests of objects; other files go elsewhere", "reading the object: it has no kind")
	case object.GetKind() != "AdmissionReview" || object.GroupVersionKind().Group != admissionv1.GroupName:
		return engine.Object{Manifest: p.placed(document).Object()}, nil
	case p.engine.Point != engine.Webhook:
		return engine.Object{}, advice.Errorf("use --as webhook", "reading the object: an AdmissionReview is what the webhook gets")
	}
	review := &admissionv1.AdmissionReview{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(document.Value, review); err != nil {
		return engine.Object{}, fmt.Errorf("reading the request: %w", err)
	}
	if review.Request == nil {
		return engine.Object{}, advice.Errorf("give what the API server sends to webhooks", "reading the request: there is none")
	}
	return engine.Object{Request: review.Request}, nil
}

// placed is a document in its namespace: kubectl puts what names none into that
// of the context.
func (p *prepared) placed(document manifest.Document) manifest.Document {
	object := document.Object()
	if p.engine.Point == engine.Gator || object.GetNamespace() != "" || !p.namespaced[object.GroupVersionKind().GroupKind()] {
		return document
	}
	metadata, ok := document.Value["metadata"].(map[string]any)
	if !ok {
		return document
	}
	if _, named := metadata["namespace"]; !named || metadata["namespace"] == "" {
		metadata["namespace"] = p.namespace
	}
	return document
}

// Subject names what was reviewed.
type Subject struct{ APIVersion, Kind, Namespace, Name string }

// Subject is the object, or that of an AdmissionReview's request.
func (r Reviewed) Subject() Subject {
	if request, ok := r.Value["request"].(map[string]any); ok && r.Requested {
		text := func(path ...string) string { s, _, _ := unstructured.NestedString(request, path...); return s }
		version := schema.GroupVersion{Group: text("kind", "group"), Version: text("kind", "version")}
		return Subject{version.String(), text("kind", "kind"), text("namespace"), text("name")}
	}
	object := r.Object()
	name := object.GetName()
	if name == "" {
		name = object.GetGenerateName()
	}
	return Subject{object.GetAPIVersion(), object.GetKind(), object.GetNamespace(), name}
}

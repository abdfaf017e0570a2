package offline

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
)

// answered is a response with a value as its body.
func answered(code int, body any) (kubequery.Response, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return kubequery.Response{}, fmt.Errorf("writing an answer: %w", err)
	}
	return kubequery.Response{
		StatusCode: code,
		Status:     fmt.Sprintf("%d %s", code, http.StatusText(code)),
		Header:     http.Header{"Content-Type": {"application/json"}},
		Body:       io.NopCloser(bytes.NewReader(text)),
	}, nil
}

// refused is a response that says why there is nothing else.
func refused(err *apierrors.StatusError) (kubequery.Response, error) {
	status := err.Status()
	status.TypeMeta = metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}
	return answered(int(status.Code), status)
}

// badRequest is the answer to a parameter that cannot be read.
func badRequest(err error) (kubequery.Response, error) {
	return refused(apierrors.NewBadRequest(err.Error()))
}

// notFound is the answer to the name of an object that is not there.
func (k *kind) notFound(name string) (kubequery.Response, error) {
	resource := k.groupResource()
	if resource == (schema.GroupResource{Resource: "componentstatuses"}) {
		resource.Resource = "componentstatus" // as the API server calls it here, and only here
	}
	return refused(apierrors.NewNotFound(resource, name))
}

// notServed is the answer to what the API server has no place for (404), or no
// such verb at (405).
func notServed(code int) (kubequery.Response, error) {
	return refused(apierrors.NewGenericServerResponse(code, "", schema.GroupResource{}, "", "", 0, false))
}

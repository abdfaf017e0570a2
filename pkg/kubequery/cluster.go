package kubequery

import (
	"context"
	"io"
	"net/http"

	"github.com/kubectl-opa/kubectl-opa/pkg/resources"
)

// Cluster is what a query needs of a cluster. Caching, recording and the like
// are wrappers around it.
type Cluster interface {
	// Resolve finds the resource that a word means, as kubectl reads it:
	// "deploy", "deployments.apps", "deployments.v1.apps", "Deployment". The
	// error is an *resources.UnknownError or a *resources.AmbiguousError where the
	// word is to blame.
	Resolve(ctx context.Context, word string) (resources.Resource, error)
	// Do sends one GET request. Every answer of the server is a Response,
	// whatever its status; an error means that there was none.
	Do(ctx context.Context, request Request) (Response, error)
}

// Request is one GET request. It can be compared, so it can be a key.
type Request struct {
	Resource resources.Resource
	// Namespace is "" for cluster-scoped resources and for all namespaces.
	Namespace string
	// Name is "" for a list.
	Name string
	// LabelSelector and FieldSelector are in the API's syntax; "" selects all.
	LabelSelector, FieldSelector string
	// Limit bounds the number of objects in the answer; 0 is no bound.
	Limit int
	// Continue is the token of the page before.
	Continue string
}

// whole is the request for all pages at once.
func (r Request) whole() Request {
	r.Limit, r.Continue = 0, ""
	return r
}

// Response is the answer to a request.
type Response struct {
	StatusCode int
	// Status is the code with its words: "200 OK".
	Status string
	Header http.Header
	// Body is to be read once, and closed.
	Body io.ReadCloser
	// Redacted says that redact.Mark stands in the body where values of Secrets
	// were when it was recorded.
	Redacted bool
}

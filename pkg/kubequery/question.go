package kubequery

import (
	"context"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/kubectl-opa/kubectl-opa/pkg/resources"
)

// question is what one call of a policy asks. It is comparable: two calls that
// ask the same are the same question, however they spell the resource or the
// selector.
type question struct {
	resource resources.Resource
	// namespace is "" for cluster-scoped resources and for all namespaces.
	namespace string
	// name is "" for a list.
	name string
	// labels is a label selector in canonical form.
	labels string
	// fields is a field selector in canonical form.
	fields string
}

// verb is what RBAC calls the request.
func (q question) verb() string {
	if q.name == "" {
		return "list"
	}
	return "get"
}

func (q question) request() Request {
	request := Request{Resource: q.resource, Namespace: q.namespace, Name: q.name, LabelSelector: q.labels, FieldSelector: q.fields}
	if q.name == "" {
		request.Limit = pageSize
	}
	return request
}

// reader answers questions.
type reader interface {
	read(ctx context.Context, q question) (*ast.Term, error)
}

// once is a reader that asks another one each question only once. It serves
// one evaluation: within it the cluster does not seem to change.
type once struct {
	reader
	answers map[question]*ast.Term
}

func newOnce(next reader) *once { return &once{next, map[question]*ast.Term{}} }

func (o *once) read(ctx context.Context, q question) (*ast.Term, error) {
	if answer, ok := o.answers[q]; ok {
		return answer, nil
	}
	answer, err := o.reader.read(ctx, q)
	if err == nil {
		o.answers[q] = answer
	}
	return answer, err
}

// resolvedOnce is a cluster that resolves each word only once.
type resolvedOnce struct {
	Cluster
	resources map[string]resources.Resource
}

func newResolvedOnce(cluster Cluster) *resolvedOnce {
	return &resolvedOnce{cluster, map[string]resources.Resource{}}
}

// Resolve implements Cluster.
func (r *resolvedOnce) Resolve(ctx context.Context, word string) (resources.Resource, error) {
	if resource, ok := r.resources[word]; ok {
		return resource, nil
	}
	resource, err := r.Cluster.Resolve(ctx, word)
	if err == nil {
		r.resources[word] = resource
	}
	return resource, err
}

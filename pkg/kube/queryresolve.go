package kube

import (
	"context"
	"errors"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/kubectl-opa/kubectl-opa/pkg/resources"
)

// Resolve finds the resource that a word means, in what the server says that
// it serves. See resources.Index for the rules. As in kubectl, what is not found
// in what was cached is looked for once more in what the server says now.
func (q *Queries) Resolve(ctx context.Context, word string) (resources.Resource, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return resources.Resource{}, q.client.explain(err, "looking for a resource")
	}
	if q.index == nil {
		if err := q.discover(ctx); err != nil {
			return resources.Resource{}, err
		}
	}
	resource, err := q.index.Resolve(word)
	var unknown *resources.UnknownError
	if !errors.As(err, &unknown) || q.client.discovery.Fresh() {
		return resource, err
	}
	q.client.discovery.Invalidate()
	if err := q.discover(ctx); err != nil {
		return resources.Resource{}, err
	}
	return q.index.Resolve(word)
}

// Index returns which resources the server says now that it serves, whatever was
// cached. Groups that did not answer are in its Unasked.
func (q *Queries) Index(ctx context.Context) (*resources.Index, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.client.discovery.Invalidate()
	if err := q.discover(ctx); err != nil {
		return nil, err
	}
	return q.index, nil
}

// discover asks which resources are served. Groups that do not answer, such as
// an aggregated API that is down, leave the others usable.
func (q *Queries) discover(ctx context.Context) error {
	var groups []*metav1.APIGroup
	var lists []*metav1.APIResourceList
	done := make(chan error, 1)
	go func() { // client-go's discovery takes no context
		var err error
		groups, lists, err = q.client.discovery.ServerGroupsAndResources()
		if apierrors.IsUnauthorized(err) && q.client.renews() {
			groups, lists, err = q.client.discovery.ServerGroupsAndResources()
		}
		done <- err
	}()
	var err error
	select {
	case <-ctx.Done():
		return q.client.explain(ctx.Err(), "asking which resources are served")
	case err = <-done:
	}
	var failed *discovery.ErrGroupDiscoveryFailed
	if err != nil && !errors.As(err, &failed) {
		return q.client.explain(err, "asking which resources are served")
	}
	q.index = resources.NewIndex(scheme.Scheme.IsGroupRegistered, groups, lists)
	if failed != nil {
		for version := range failed.Groups {
			q.index.Unasked = append(q.index.Unasked, version.String())
		}
		slices.Sort(q.index.Unasked)
	}
	return nil
}

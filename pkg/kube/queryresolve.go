package kube

import (
	"context"
	"errors"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/discovery"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
)

// Resolve finds the resource that a word means, in what the server says that
// it serves. See index.resolve for the rules. As in kubectl, what is not found
// in what was cached is looked for once more in what the server says now.
func (q *Queries) Resolve(ctx context.Context, word string) (kubequery.Resource, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return kubequery.Resource{}, q.client.explain(err, "looking for a resource")
	}
	if q.index == nil {
		if err := q.discover(ctx); err != nil {
			return kubequery.Resource{}, err
		}
	}
	resource, err := q.index.resolve(word)
	var unknown *kubequery.UnknownResourceError
	if !errors.As(err, &unknown) || q.client.discovery.Fresh() {
		return resource, err
	}
	q.client.discovery.Invalidate()
	if err := q.discover(ctx); err != nil {
		return kubequery.Resource{}, err
	}
	return q.index.resolve(word)
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
	q.index = newIndex(groups, lists)
	if failed != nil {
		for version := range failed.Groups {
			q.index.unasked = append(q.index.unasked, version.String())
		}
		slices.Sort(q.index.unasked)
	}
	return nil
}

// served is one resource in one version.
type served struct {
	kubequery.Resource
	singular string
	short    []string
}

// index is all that a server serves: groups in the server's order of priority,
// in each group its preferred version first.
type index struct {
	served  []served
	unasked []string
}

func newIndex(groups []*metav1.APIGroup, lists []*metav1.APIResourceList) *index {
	byVersion := map[string]*metav1.APIResourceList{}
	for _, list := range lists {
		byVersion[list.GroupVersion] = list
	}
	x := &index{}
	for _, group := range groups {
		for _, version := range preferredFirst(group) {
			list := byVersion[version.GroupVersion]
			if list == nil {
				continue
			}
			for _, resource := range list.APIResources {
				x.add(group.Name, version.Version, resource)
			}
		}
	}
	return x
}

func preferredFirst(group *metav1.APIGroup) []metav1.GroupVersionForDiscovery {
	versions := []metav1.GroupVersionForDiscovery{}
	for _, version := range group.Versions {
		if version == group.PreferredVersion {
			versions = slices.Insert(versions, 0, version)
		} else {
			versions = append(versions, version)
		}
	}
	return versions
}

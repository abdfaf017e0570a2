package kube

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
)

// Groups are the names of the API groups that the cluster serves now: kubectl's
// cache of them lasts for hours.
func (c *Client) Groups(ctx context.Context) ([]string, error) {
	groups, err := discover[metav1.APIGroupList](ctx, c, "/apis")
	if err != nil {
		return nil, c.explain(err, "asking which APIs are served")
	}
	names := []string{}
	for _, group := range groups.Groups {
		names = append(names, group.Name)
	}
	return names, nil
}

// Served are the resources of an API group as they are now, each in the version
// that the cluster prefers or, where that lacks it, in the next one that has
// it; none where the group is not served.
func (c *Client) Served(ctx context.Context, group string) ([]platform.Served, error) {
	found, err := discover[metav1.APIGroup](ctx, c, "/apis/"+group)
	var lists []metav1.APIResourceList
	if err == nil {
		lists, err = c.resourceLists(ctx, found)
	}
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, c.explain(err, "asking which resources of %s are served", group)
	}
	served, known := []platform.Served{}, map[string]bool{}
	for i, version := range versionsOf(found) {
		for _, resource := range lists[i].APIResources {
			if strings.Contains(resource.Name, "/") || known[resource.Name] {
				continue // a subresource, or there in a better version
			}
			known[resource.Name] = true
			served = append(served, platform.Served{
				Kind:       resource.Kind,
				Namespaced: resource.Namespaced,
				Resource:   schema.GroupVersionResource{Group: group, Version: version, Resource: resource.Name},
			})
		}
	}
	return served, nil
}

// versionsOf are the versions of a group, the preferred one first.
func versionsOf(group metav1.APIGroup) []string {
	versions := []string{group.PreferredVersion.Version}
	for _, version := range group.Versions {
		if version.Version != group.PreferredVersion.Version {
			versions = append(versions, version.Version)
		}
	}
	return versions
}

// resourceLists reads what a group has in each of its versions.
func (c *Client) resourceLists(ctx context.Context, found metav1.APIGroup) ([]metav1.APIResourceList, error) {
	versions := versionsOf(found)
	lists := make([]metav1.APIResourceList, len(versions))
	requests, ctx := errgroup.WithContext(ctx)
	for i, version := range versions {
		requests.Go(func() error {
			var err error
			lists[i], err = discover[metav1.APIResourceList](ctx, c, "/apis/"+found.Name+"/"+version)
			return err
		})
	}
	return lists, requests.Wait()
}

// discover reads one document of the discovery API, without the caches of
// client-go, which also know no context.
func discover[T any](ctx context.Context, c *Client, path string) (T, error) {
	var document T
	result := c.discovery.RESTClient().Get().AbsPath(path).Do(ctx)
	// Raw's own error lacks what the server says.
	if err := result.Error(); err != nil {
		return document, err
	}
	body, err := result.Raw()
	if err != nil {
		return document, err
	}
	if err := json.Unmarshal(body, &document); err != nil {
		return document, fmt.Errorf("reading %s: %w", path, err)
	}
	return document, nil
}

package kube

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

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

// Served are the resources of an API group, in the version that the cluster
// prefers, as they are now; none where the group is not served.
func (c *Client) Served(ctx context.Context, group string) ([]platform.Served, error) {
	found, err := discover[metav1.APIGroup](ctx, c, "/apis/"+group)
	list := metav1.APIResourceList{}
	if err == nil {
		list, err = discover[metav1.APIResourceList](ctx, c, "/apis/"+found.PreferredVersion.GroupVersion)
	}
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, c.explain(err, "asking which resources of %s are served", group)
	}
	served := []platform.Served{}
	for _, resource := range list.APIResources {
		if strings.Contains(resource.Name, "/") {
			continue // a subresource
		}
		served = append(served, platform.Served{
			Kind:       resource.Kind,
			Namespaced: resource.Namespaced,
			Resource:   schema.GroupVersionResource{Group: group, Version: found.PreferredVersion.Version, Resource: resource.Name},
		})
	}
	return served, nil
}

// discover reads one document of the discovery API, without the caches of
// client-go, which also know no context.
func discover[T any](ctx context.Context, c *Client, path string) (T, error) {
	var document T
	body, err := c.discovery.RESTClient().Get().AbsPath(path).Do(ctx).Raw()
	if err != nil {
		return document, err
	}
	if err := json.Unmarshal(body, &document); err != nil {
		return document, fmt.Errorf("reading %s: %w", path, err)
	}
	return document, nil
}

package kube

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
)

// pageSize bounds what one list request returns.
const pageSize = 500

// Get reads one object.
func (c *Client) Get(ctx context.Context, place platform.Place, name string) (*unstructured.Unstructured, error) {
	object, err := c.at(place).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, c.explain(err, "getting %s", place.Object(name))
	}
	return object, nil
}

// List reads all objects at a place, page by page. A continue token that
// expires on the way makes it start again: a partial list is never returned.
func (c *Client) List(ctx context.Context, place platform.Place, labelSelector string) ([]*unstructured.Unstructured, error) {
	const restarts = 3
	objects := []*unstructured.Unstructured{}
	options := metav1.ListOptions{LabelSelector: labelSelector, Limit: pageSize}
	for attempt := 0; ; {
		page, err := c.at(place).List(ctx, options)
		if apierrors.IsResourceExpired(err) && options.Continue != "" && attempt < restarts {
			attempt++
			options.Continue, objects = "", objects[:0]
			continue
		}
		if err != nil {
			return nil, c.explain(err, "listing %s", place)
		}
		for i := range page.Items {
			objects = append(objects, &page.Items[i])
		}
		if options.Continue = page.GetContinue(); options.Continue == "" {
			return objects, nil
		}
	}
}

package objects

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
)

// FieldManager is who has applied what a control plane has from the start.
const FieldManager = "controlplane"

// A Client applies objects of any kind that the API server knows.
type Client struct {
	dynamic dynamic.Interface
	mapper  meta.ResettableRESTMapper
}

// NewClient makes a client.
func NewClient(config *rest.Config) (*Client, error) {
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("making a client: %w", err)
	}
	discoverer, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("making a client: %w", err)
	}
	return &Client{dynamic: client, mapper: restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(discoverer))}, nil
}

// Apply applies objects in their order, server-side, so that whoever applies the same afterwards meets no conflict.
func (c *Client) Apply(ctx context.Context, objects ...*unstructured.Unstructured) error {
	for _, object := range objects {
		if err := c.apply(ctx, object, metav1.ApplyOptions{FieldManager: FieldManager, Force: true}); err != nil {
			return err
		}
	}
	return nil
}

// ApplyStatus applies the status of objects that are there; nothing else of them counts.
func (c *Client) ApplyStatus(ctx context.Context, objects ...*unstructured.Unstructured) error {
	for _, object := range objects {
		if err := c.apply(ctx, object, metav1.ApplyOptions{FieldManager: FieldManager, Force: true}, "status"); err != nil {
			return err
		}
	}
	return nil
}

// DryRun has the API server do everything for an object, its webhooks included, but keep it.
func (c *Client) DryRun(ctx context.Context, object *unstructured.Unstructured) error {
	return c.apply(ctx, object, metav1.ApplyOptions{FieldManager: FieldManager, DryRun: []string{metav1.DryRunAll}})
}

func (c *Client) apply(ctx context.Context, o *unstructured.Unstructured, options metav1.ApplyOptions, subresources ...string) error {
	mapping, err := c.mapping(o.GroupVersionKind())
	if err != nil {
		return fmt.Errorf("applying %s %s: %w", o.GetKind(), o.GetName(), err)
	}
	var resource dynamic.ResourceInterface = c.dynamic.Resource(mapping.Resource)
	if mapping.Scope.Name() == meta.RESTScopeNameNamespace {
		resource = c.dynamic.Resource(mapping.Resource).Namespace(o.GetNamespace())
	}
	if _, err := resource.Apply(ctx, o.GetName(), o, options, subresources...); err != nil {
		return fmt.Errorf("applying %s %s: %w", o.GetKind(), o.GetName(), err)
	}
	return nil
}

// mapping finds the resource of a kind. Of a kind that it does not know the definition may be younger than its last look.
func (c *Client) mapping(kind schema.GroupVersionKind) (*meta.RESTMapping, error) {
	mapping, err := c.mapper.RESTMapping(kind.GroupKind(), kind.Version)
	if meta.IsNoMatchError(err) {
		c.mapper.Reset()
		return c.mapper.RESTMapping(kind.GroupKind(), kind.Version)
	}
	return mapping, err
}

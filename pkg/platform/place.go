// Package platform knows where policy objects live: on which cluster, in which
// namespace, and which edition of the platform looks at them.
package platform

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Place is a resource, and the namespace that is meant: "" for cluster-scoped
// resources and for all namespaces.
type Place struct {
	schema.GroupVersionResource
	Namespace string
}

// String names the place for messages.
func (p Place) String() string { return p.GroupResource().String() + p.in() }

// Object names one object at the place, as kubectl does.
func (p Place) Object(name string) string {
	return fmt.Sprintf("%s %q", p.GroupResource(), name) + p.in()
}

func (p Place) in() string {
	if p.Namespace == "" {
		return ""
	}
	return " in namespace " + p.Namespace
}

// Reader reads the objects of one cluster.
type Reader interface {
	// Get reads one object.
	Get(ctx context.Context, place Place, name string) (*unstructured.Unstructured, error)
	// List reads all objects at a place; an empty selector means all.
	List(ctx context.Context, place Place, labelSelector string) ([]*unstructured.Unstructured, error)
}

// Served is a resource that a cluster serves.
type Served struct {
	Kind       string
	Namespaced bool
	Resource   schema.GroupVersionResource
}

// Discoverer says what a cluster serves, as it is now.
type Discoverer interface {
	// Groups are the names of the API groups.
	Groups(ctx context.Context) ([]string, error)
	// Served are the resources of a group, each in the best version that has
	// it; none where the group is not served.
	Served(ctx context.Context, group string) ([]Served, error)
}

// Cluster is what a platform asks of one cluster.
type Cluster interface {
	Reader
	Discoverer
}

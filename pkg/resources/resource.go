// Package resources knows which resource of the API a word means, as kubectl
// reads it, among those that a server serves.
package resources

// Resource is one resource that the API serves.
type Resource struct {
	// Group is "" for the core group.
	Group, Version string
	// Name is the plural that URLs have.
	Name string
	Kind string
	// Namespaced is false for cluster-scoped resources.
	Namespaced bool
}

// String names the resource as kubectl does: "pods", "deployments.apps".
func (r Resource) String() string {
	if r.Group == "" {
		return r.Name
	}
	return r.Name + "." + r.Group
}

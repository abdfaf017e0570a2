// Package v1alpha1 is what machines read: the reports that the plugin prints.
// Lists are never null, and their order is stable.
package v1alpha1

// APIVersion stands in every report.
const APIVersion = "kubectl-opa/v1alpha1"

// TargetReport says which user clusters a Default Constraint reaches.
type TargetReport struct {
	APIVersion string `json:"apiVersion"`
	// Kind is TargetReport.
	Kind string `json:"kind"`
	// Constraint is the name of the Default Constraint.
	Constraint string `json:"constraint"`
	// Edition is ce, ee or empty where it could not be read. On the Community
	// Edition selectors and the disabled flag do not count.
	Edition string `json:"edition"`
	// Clusters are all user clusters of the seed, reached or not.
	Clusters []Target `json:"clusters"`
}

// Target is one user cluster.
type Target struct {
	// ID is the name of the Cluster object.
	ID string `json:"id"`
	// Name is the human-readable name.
	Name string `json:"name"`
	// Provider is the cloud provider, empty where the cluster names none.
	Provider string `json:"provider"`
	// Reached tells whether the constraint is enforced on this cluster.
	Reached bool `json:"reached"`
	// Reason is "reached", or why the cluster is not reached.
	Reason string `json:"reason"`
}

package v1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// ClusterSelector says which user clusters a ConstraintTemplate or a Default Constraint goes to. Both conditions must
// hold. KKP's Community Edition ignores it: there every cluster is selected.
type ClusterSelector struct {
	// Providers lists cloud providers by the names in ProviderNames; empty means every provider.
	// +optional
	Providers []string `json:"providers,omitempty"`

	// LabelSelector is matched with the labels of the Cluster object; absent or empty means every cluster.
	// +optional
	LabelSelector *metav1.LabelSelector `json:"labelSelector,omitempty"`
}

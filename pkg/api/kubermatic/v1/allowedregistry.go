package v1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// AllowedRegistry allows one image prefix on all user clusters. It lives on the master and is an Enterprise feature. From
// all of them together KKP makes a ConstraintTemplate and a Default Constraint, both named AllowedRegistryName.
//
// +kubebuilder:object:root=true
// +kubebuilder:resource:scope=Cluster
type AllowedRegistry struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// Spec holds the prefix.
	// +optional
	Spec AllowedRegistrySpec `json:"spec,omitzero"`
}

// AllowedRegistrySpec holds the prefix.
type AllowedRegistrySpec struct {
	// RegistryPrefix is compared with the start of an image as the Pod has it, letter for letter: quay.io also allows
	// quay.io.example.com/x, and docker.io does not allow nginx.
	// +required
	RegistryPrefix string `json:"registryPrefix"`
}

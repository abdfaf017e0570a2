package v1

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Seed is a cluster that hosts the control planes of user clusters. The object lives on the master, in Namespace; the
// master itself is often a seed too.
//
// +kubebuilder:object:root=true
// +kubebuilder:resource:scope=Namespaced
// +kubebuilder:subresource:status
// +kubebuilder:pruning:PreserveUnknownFields
type Seed struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// Spec is the part of a seed's specification that says how to reach it.
	// +required
	Spec SeedSpec `json:"spec"`
}

// SeedSpec says how to reach a seed.
//
// +kubebuilder:pruning:PreserveUnknownFields
type SeedSpec struct {
	// Kubeconfig names the Secret on the master that holds the seed's kubeconfig. Its name and namespace are the
	// Secret's, its fieldPath is the key in the Secret; an empty fieldPath means KubeconfigKey.
	// +required
	Kubeconfig corev1.ObjectReference `json:"kubeconfig"`
}

// KubermaticConfiguration configures a KKP installation. The one object of this kind lives in Namespace on the master.
//
// +kubebuilder:object:root=true
// +kubebuilder:resource:scope=Namespaced
// +kubebuilder:subresource:status
// +kubebuilder:pruning:PreserveUnknownFields
type KubermaticConfiguration struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// Status says what is installed.
	// +optional
	Status KubermaticConfigurationStatus `json:"status,omitzero"`
}

// KubermaticConfigurationStatus says what is installed.
//
// +kubebuilder:pruning:PreserveUnknownFields
type KubermaticConfigurationStatus struct {
	// KubermaticEdition is EditionCommunity or EditionEnterprise; empty until KKP has written it.
	// +optional
	KubermaticEdition string `json:"kubermaticEdition,omitempty"`
}

// The values of KubermaticConfigurationStatus.KubermaticEdition. The Community Edition ignores a constraint's disabled
// flag and every cluster selector, and does nothing with AllowedRegistry objects.
const (
	EditionCommunity  = "CE"
	EditionEnterprise = "EE"
)

// KubermaticSettingName is the name of the one KubermaticSetting that KKP reads.
const KubermaticSettingName = "globalsettings"

// KubermaticSetting holds switches for KKP's dashboard. The object KubermaticSettingName lives on the master.
//
// +kubebuilder:object:root=true
// +kubebuilder:resource:scope=Cluster
type KubermaticSetting struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// Spec holds the switches.
	// +optional
	Spec KubermaticSettingSpec `json:"spec,omitzero"`
}

// KubermaticSettingSpec is the part of the switches that policies depend on.
//
// +kubebuilder:pruning:PreserveUnknownFields
type KubermaticSettingSpec struct {
	// OPAOptions says what the dashboard does with the OPA flag of new clusters.
	// +optional
	OPAOptions OPAOptions `json:"opaOptions,omitzero"`
}

// OPAOptions says what the dashboard does with the OPA flag of new clusters.
type OPAOptions struct {
	// Enabled switches OPA on for new clusters.
	// +optional
	Enabled bool `json:"enabled,omitempty"`

	// Enforced takes the choice away from the cluster's owner.
	// +optional
	Enforced bool `json:"enforced,omitempty"`
}

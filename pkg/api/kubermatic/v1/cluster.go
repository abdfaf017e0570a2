package v1

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Cluster is one user cluster. It lives on the seed that hosts it; its name is the cluster's ID.
//
// +kubebuilder:object:root=true
// +kubebuilder:resource:scope=Cluster
// +kubebuilder:subresource:status
type Cluster struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// Spec is what the cluster's owner asked for.
	// +optional
	Spec ClusterSpec `json:"spec,omitzero"`

	// Status is what KKP reports.
	// +optional
	Status ClusterStatus `json:"status,omitzero"`
}

// ClusterSpec is the part of a cluster's specification that policies depend on.
//
// +kubebuilder:pruning:PreserveUnknownFields
type ClusterSpec struct {
	// HumanReadableName is the name that the owner gave to the cluster; it need not be unique.
	// +required
	HumanReadableName string `json:"humanReadableName"`

	// Pause makes KKP leave the cluster alone: no Default Constraint reaches it.
	// +optional
	// +kubebuilder:default=false
	Pause bool `json:"pause,omitempty"`

	// OPAIntegration switches Gatekeeper on and configures it; absent means off.
	// +optional
	OPAIntegration *OPAIntegration `json:"opaIntegration,omitempty"`

	// Cloud says which provider the cluster runs on.
	// +required
	// +kubebuilder:validation:Schemaless
	// +kubebuilder:validation:Type=object
	// +kubebuilder:pruning:PreserveUnknownFields
	Cloud Cloud `json:"cloud"`
}

// OPAIntegration is KKP's switch for Gatekeeper on a user cluster. Switched off, KKP removes Gatekeeper with its
// templates, constraints and Config from the cluster.
type OPAIntegration struct {
	// Enabled switches Gatekeeper on.
	// +optional
	Enabled bool `json:"enabled,omitempty"`

	// WebhookTimeoutSeconds is how long the API server waits for Gatekeeper before it admits a request unseen.
	// +optional
	// +kubebuilder:default=10
	WebhookTimeoutSeconds *int32 `json:"webhookTimeoutSeconds,omitempty"`

	// ExperimentalEnableMutation switches Gatekeeper's mutation on.
	// +optional
	ExperimentalEnableMutation bool `json:"experimentalEnableMutation,omitempty"`

	// ControllerResources are requests and limits of the Pods that answer the webhook.
	// +optional
	ControllerResources *corev1.ResourceRequirements `json:"controllerResources,omitempty"`

	// AuditResources are requests and limits of the audit Pod.
	// +optional
	AuditResources *corev1.ResourceRequirements `json:"auditResources,omitempty"`
}

// ClusterStatus is the part of a cluster's status that policies depend on.
//
// +kubebuilder:pruning:PreserveUnknownFields
type ClusterStatus struct {
	// NamespaceName is the cluster's namespace on its seed, in practice cluster-<ID>; empty while it is being set up.
	// +optional
	NamespaceName string `json:"namespaceName,omitempty"`

	// ExtendedHealth is the health of the cluster's components.
	// +optional
	ExtendedHealth ExtendedHealth `json:"extendedHealth,omitzero"`
}

// ExtendedHealth is the health of Gatekeeper's two deployments; empty where OPA is off.
//
// +kubebuilder:pruning:PreserveUnknownFields
type ExtendedHealth struct {
	// GatekeeperController is the health of the Pods that answer the webhook.
	// +optional
	GatekeeperController HealthStatus `json:"gatekeeperController,omitempty"`

	// GatekeeperAudit is the health of the audit Pod.
	// +optional
	GatekeeperAudit HealthStatus `json:"gatekeeperAudit,omitempty"`
}

// HealthStatus is KKP's word for the health of a component.
//
// +kubebuilder:validation:Enum=HealthStatusDown;HealthStatusUp;HealthStatusProvisioning
type HealthStatus string

// The values of HealthStatus.
const (
	HealthStatusDown         HealthStatus = "HealthStatusDown"
	HealthStatusUp           HealthStatus = "HealthStatusUp"
	HealthStatusProvisioning HealthStatus = "HealthStatusProvisioning"
)

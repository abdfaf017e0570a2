package v1

import (
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Constraint is KKP's wrapper of a Gatekeeper constraint. In the namespace kubermatic on the master it is a Default
// Constraint, which KKP copies into the namespace of every selected cluster; in a cluster's namespace on its seed it is a
// constraint of that one user cluster. KKP gives it no status.
//
// +kubebuilder:object:root=true
// +kubebuilder:resource:scope=Namespaced
type Constraint struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// Spec is the wrapped constraint and, for a Default Constraint, the clusters that it goes to.
	// +optional
	Spec ConstraintSpec `json:"spec,omitzero"`
}

// ConstraintSpec holds what Gatekeeper gets, and KKP's own Disabled and Selector.
type ConstraintSpec struct {
	// ConstraintType is the kind of the template, for example K8sRequiredLabels: not the template's name. The master
	// does not check it.
	// +required
	ConstraintType string `json:"constraintType"`

	// Disabled removes the constraint from the user clusters and keeps this object. The Community Edition ignores it.
	// +optional
	Disabled bool `json:"disabled,omitempty"`

	// EnforcementAction is deny, warn or dryrun; absent means deny. The master does not check it.
	// +optional
	EnforcementAction string `json:"enforcementAction,omitempty"`

	// Match says which objects of a user cluster are looked at; absent means all. Gatekeeper knows more ways to match
	// than KKP: what this type lacks cannot be said here.
	// +optional
	Match *Match `json:"match,omitempty"`

	// Parameters are the values that the template reads, by name. A parameter rawJSON must be a string that holds a
	// JSON object, which KKP puts in the place of all parameters.
	// +optional
	// +kubebuilder:validation:Schemaless
	// +kubebuilder:pruning:PreserveUnknownFields
	Parameters map[string]apiextensionsv1.JSON `json:"parameters,omitempty"`

	// Selector says which user clusters a Default Constraint goes to; absent means all.
	// +optional
	Selector *ClusterSelector `json:"selector,omitempty"`
}

// RawJSONParameter is the parameter that KKP puts in the place of all others, see ConstraintSpec.Parameters.
const RawJSONParameter = "rawJSON"

// Match is the part of Gatekeeper's match that KKP's wrapper has. All conditions must hold.
type Match struct {
	// Kinds lists kinds of objects, of which one must match; empty means every kind.
	// +optional
	Kinds []MatchKinds `json:"kinds,omitempty"`

	// Scope is *, Cluster or Namespaced; absent means *.
	// +optional
	Scope string `json:"scope,omitempty"`

	// Namespaces lists the only namespaces that are looked at, by name or with * at an end; empty means all.
	// +optional
	Namespaces []string `json:"namespaces,omitempty"`

	// ExcludedNamespaces lists namespaces that are not looked at, by name or with * at an end.
	// +optional
	ExcludedNamespaces []string `json:"excludedNamespaces,omitempty"`

	// LabelSelector is matched with the labels of the object; absent and empty both mean every object.
	// +optional
	LabelSelector *metav1.LabelSelector `json:"labelSelector,omitempty"`

	// NamespaceSelector is matched with the labels of the object's namespace; absent and empty both mean every namespace.
	// +optional
	NamespaceSelector *metav1.LabelSelector `json:"namespaceSelector,omitempty"`
}

// MatchKinds matches every combination of its groups and kinds.
type MatchKinds struct {
	// APIGroups lists API groups, "" for the core group and * for all.
	// +optional
	APIGroups []string `json:"apiGroups,omitempty"`

	// Kinds lists kinds, * for all.
	// +optional
	Kinds []string `json:"kinds,omitempty"`
}

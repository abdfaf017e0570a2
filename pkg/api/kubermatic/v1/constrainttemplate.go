package v1

import (
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// ConstraintTemplate is KKP's wrapper of a Gatekeeper ConstraintTemplate. It lives on the master; KKP copies it to every
// seed and from there, without its selector and its annotations, to the user clusters. Its name must be the lower-cased
// kind, else Gatekeeper refuses it on the user clusters while the master accepts it.
//
// +kubebuilder:object:root=true
// +kubebuilder:resource:scope=Cluster
type ConstraintTemplate struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// Spec is the wrapped template and the clusters that it goes to.
	// +optional
	Spec ConstraintTemplateSpec `json:"spec,omitzero"`
}

// ConstraintTemplateSpec holds what Gatekeeper gets (CRD, Targets) and KKP's own Selector.
type ConstraintTemplateSpec struct {
	// CRD describes the constraint kind that Gatekeeper creates from this template.
	// +optional
	CRD CRD `json:"crd,omitzero"`

	// Targets holds the policy code. Gatekeeper takes exactly one target.
	// +optional
	Targets []Target `json:"targets,omitempty"`

	// Selector says which user clusters get the template; absent means all. Unlike a constraint, a template that no
	// longer selects a cluster stays there.
	// +optional
	Selector *ClusterSelector `json:"selector,omitempty"`
}

// CRD wraps CRDSpec as Gatekeeper's templates do.
type CRD struct {
	// Spec names the constraint kind and its parameters.
	// +optional
	Spec CRDSpec `json:"spec,omitzero"`
}

// CRDSpec names the constraint kind and its parameters.
type CRDSpec struct {
	// Names holds the constraint kind.
	// +optional
	Names Names `json:"names,omitzero"`

	// Validation describes the parameters; absent means that the template takes none.
	// +optional
	// +kubebuilder:default={legacySchema:false}
	Validation *Validation `json:"validation,omitempty"`
}

// Names holds the names of the constraint kind.
type Names struct {
	// Kind is the constraint kind in CamelCase, which a Constraint names in its constraintType.
	// +optional
	Kind string `json:"kind,omitempty"`

	// ShortNames are abbreviations of the constraint kind for kubectl on the user cluster.
	// +optional
	ShortNames []string `json:"shortNames,omitempty"`
}

// Validation describes the parameters of a constraint kind.
type Validation struct {
	// OpenAPIV3Schema is the structural schema of spec.parameters, as JSON: a schema that is not yet known to be sound.
	// KKP stores what it is given; Gatekeeper wants type: object at its top.
	// +optional
	// +kubebuilder:validation:Type=object
	// +kubebuilder:pruning:PreserveUnknownFields
	OpenAPIV3Schema *apiextensionsv1.JSON `json:"openAPIV3Schema,omitempty"`

	// LegacySchema lets Gatekeeper accept a schema that is not structural. KKP's API server sets false where it is
	// absent; Gatekeeper's own v1 API does so too.
	// +optional
	// +kubebuilder:default=false
	LegacySchema *bool `json:"legacySchema,omitempty"`
}

// Target is the policy code for one Gatekeeper target.
type Target struct {
	// Target is the name of the target, for Kubernetes objects admission.k8s.gatekeeper.sh.
	// +optional
	Target string `json:"target,omitempty"`

	// Rego is the policy's source in the manual's form; Gatekeeper allows it either here or in Code, not in both.
	// +optional
	Rego string `json:"rego,omitempty"`

	// Libs are further Rego modules, each of a package under lib, for the manual's form.
	// +optional
	Libs []string `json:"libs,omitempty"`

	// Code holds the policy's source, one entry for each engine. KKP's API server requires it since KKP 2.26 and so
	// refuses the manual's form; it is optional in Go so that a template in the manual's form can be read and converted.
	// +kubebuilder:validation:Required
	// +listType=map
	// +listMapKey=engine
	Code []Code `json:"code,omitempty"`
}

// Code is policy source for one engine.
type Code struct {
	// Engine names the engine: Rego or K8sNativeValidation (CEL).
	// +required
	Engine string `json:"engine"`

	// Source is what the engine wants; for Rego an object with rego (string), libs (strings) and version (string).
	// +required
	// +kubebuilder:validation:Schemaless
	// +kubebuilder:pruning:PreserveUnknownFields
	Source apiextensionsv1.JSON `json:"source"`
}

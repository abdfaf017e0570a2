package v1

import "k8s.io/apimachinery/pkg/runtime/schema"

// GroupVersion is the API group and version of all kinds in this package.
var GroupVersion = schema.GroupVersion{Group: "kubermatic.k8c.io", Version: "v1"}

// The kinds of this package, as an object's kind field has them.
const (
	KindAllowedRegistry         = "AllowedRegistry"
	KindCluster                 = "Cluster"
	KindConstraint              = "Constraint"
	KindConstraintTemplate      = "ConstraintTemplate"
	KindKubermaticConfiguration = "KubermaticConfiguration"
	KindKubermaticSetting       = "KubermaticSetting"
	KindSeed                    = "Seed"
)

// The resources of this package, as the dynamic client needs them.
var (
	AllowedRegistries        = GroupVersion.WithResource("allowedregistries")
	Clusters                 = GroupVersion.WithResource("clusters")
	Constraints              = GroupVersion.WithResource("constraints")
	ConstraintTemplates      = GroupVersion.WithResource("constrainttemplates")
	KubermaticConfigurations = GroupVersion.WithResource("kubermaticconfigurations")
	KubermaticSettings       = GroupVersion.WithResource("kubermaticsettings")
	Seeds                    = GroupVersion.WithResource("seeds")
)

// Namespace is where KKP itself lives on the master: Seeds, the KubermaticConfiguration and the Default Constraints are
// in it. A Constraint in any other namespace belongs to the one user cluster whose namespace that is.
const Namespace = "kubermatic"

// DefaultLabel is the label key that KKP sets on a cluster's copy of a Default Constraint; its value is the name of the
// Default Constraint. KKP puts such a copy back when it is edited or deleted, so change the Default Constraint instead.
const DefaultLabel = "default"

// AllowedRegistryName is the name of the ConstraintTemplate and of the Default Constraint that KKP makes from all
// AllowedRegistry objects together, and the template's kind.
const AllowedRegistryName = "allowedregistry"

// AdminKubeconfigSecret is the Secret in a cluster's namespace on its seed that holds an admin kubeconfig of the user
// cluster.
const AdminKubeconfigSecret = "admin-kubeconfig"

// KubeconfigKey is the key of a kubeconfig in a Secret: always in AdminKubeconfigSecret, and in the Secret that a Seed
// names unless the Seed's fieldPath says another key.
const KubeconfigKey = "kubeconfig"

package fleet

import (
	"fmt"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
)

// OfNamespace returns the cluster that has this namespace on its seed, or nil.
func OfNamespace(clusters []kubermaticv1.Cluster, namespace string) *kubermaticv1.Cluster {
	for i := range clusters {
		if namespace != "" && clusters[i].Status.NamespaceName == namespace {
			return &clusters[i]
		}
	}
	return nil
}

// Title names a cluster for people: its ID and its human-readable name.
func Title(cluster *kubermaticv1.Cluster) string {
	return TitleOf(cluster.Name, cluster.Spec.HumanReadableName)
}

// TitleOf names a cluster for people by its ID and its human-readable name.
func TitleOf(id, name string) string {
	if name == "" {
		return id
	}
	return fmt.Sprintf("%s (%s)", id, name)
}

// IsCopy tells whether a constraint is KKP's copy of a Default Constraint.
func IsCopy(constraint *kubermaticv1.Constraint) bool {
	_, labelled := constraint.Labels[kubermaticv1.DefaultLabel]
	return labelled && constraint.Namespace != kubermaticv1.Namespace
}

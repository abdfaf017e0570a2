package fleet

import kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"

// Selects tells whether a selector, of a template or of a Default Constraint,
// takes a cluster in, whatever state the cluster is in. The error says what is
// wrong with the selector.
func Selects(from *kubermaticv1.ClusterSelector, cluster *kubermaticv1.Cluster, edition Edition) (bool, error) {
	selector, err := newSelector(from, edition)
	if err != nil {
		return false, err
	}
	return selector.filter(cluster) == Reached, nil
}

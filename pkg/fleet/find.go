package fleet

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
)

// Why a cluster's name does not lead to one cluster.
var (
	ErrNoCluster = errors.New("no such user cluster")
	ErrAmbiguous = errors.New("several user clusters have this name")
)

// Find returns the one cluster with this ID or, if that is unique, this
// human-readable name. The error wraps ErrNoCluster or ErrAmbiguous.
func Find(clusters []kubermaticv1.Cluster, name string) (*kubermaticv1.Cluster, error) {
	found := []*kubermaticv1.Cluster{}
	for i := range clusters {
		if clusters[i].Name == name {
			return &clusters[i], nil
		}
		if name != "" && clusters[i].Spec.HumanReadableName == name {
			found = append(found, &clusters[i])
		}
	}
	switch len(found) {
	case 0:
		return nil, advice.Wrap(fmt.Errorf("user cluster %q: %w here", name, ErrNoCluster), "%s", offer(clusters))
	case 1:
		return found[0], nil
	}
	ids := make([]string, len(found))
	for i, cluster := range found {
		ids[i] = cluster.Name
	}
	slices.Sort(ids)
	return nil, advice.Wrap(fmt.Errorf("user cluster %q: %w", name, ErrAmbiguous),
		"give the ID: %s", strings.Join(ids, ", "))
}

// FindNamespace returns the cluster that has this namespace on its seed. The
// error wraps ErrNoCluster.
func FindNamespace(clusters []kubermaticv1.Cluster, namespace string) (*kubermaticv1.Cluster, error) {
	if cluster := OfNamespace(clusters, namespace); cluster != nil {
		return cluster, nil
	}
	return nil, advice.Wrap(fmt.Errorf("%q: %w here", namespace, ErrNoCluster), "%s", offer(clusters))
}

// FindAll finds a cluster for each name; the error tells of all names that lead
// to none. A cluster that is named twice is returned once.
func FindAll(clusters []kubermaticv1.Cluster, names []string) ([]kubermaticv1.Cluster, error) {
	found := []kubermaticv1.Cluster{}
	seen := map[string]bool{}
	failed := []error{}
	for _, name := range names {
		cluster, err := Find(clusters, name)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		if !seen[cluster.Name] {
			seen[cluster.Name] = true
			found = append(found, *cluster)
		}
	}
	return found, errors.Join(failed...)
}

// offer names some of the clusters that are there.
func offer(clusters []kubermaticv1.Cluster) string {
	const most = 8
	if len(clusters) == 0 {
		return "there are no user clusters on this seed; choose another seed with --context"
	}
	names := []string{}
	for i := range clusters {
		names = append(names, fmt.Sprintf("%s (%s)", clusters[i].Name, clusters[i].Spec.HumanReadableName))
	}
	slices.Sort(names)
	if len(names) > most {
		names = append(names[:most], fmt.Sprintf("and %d more", len(names)-most))
	}
	return "there are: " + strings.Join(names, ", ")
}

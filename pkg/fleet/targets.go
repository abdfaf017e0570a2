// Package fleet says which user clusters something reaches, and why not the
// others. It works on values that are passed in.
package fleet

import (
	"cmp"
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
)

// Reach is whether, and if not why not, a Default Constraint gets to a cluster.
type Reach string

// The reasons, in the order in which they are found. KKP filters first and
// looks at the cluster's state after that.
const (
	Reached            Reach = "reached"
	Disabled           Reach = "constraint disabled"
	FilteredByProvider Reach = "filtered by provider"
	FilteredByLabel    Reach = "filtered by label"
	Deleting           Reach = "deleting"
	NoNamespace        Reach = "no namespace yet"
	Paused             Reach = "paused"
	OPAOff             Reach = "OPA off"
)

// Sleeping tells whether KKP passes over the cluster for now, though the
// constraint is for it.
func (r Reach) Sleeping() bool {
	return r == Paused || r == OPAOff || r == NoNamespace
}

// Selected tells whether the constraint is for this cluster, whether KKP
// brings it there now or later.
func (r Reach) Selected() bool { return r == Reached || r.Sleeping() }

// Target is one cluster and how it stands to a Default Constraint.
type Target struct {
	Cluster  string
	Name     string
	Provider string
	// Namespace is the cluster's namespace on its seed.
	Namespace string
	Reach     Reach
}

// Title names the cluster for people.
func (t Target) Title() string { return TitleOf(t.Cluster, t.Name) }

// Edition of KKP decides whether selectors and the disabled flag count.
type Edition string

// The editions. Where the edition is unknown the Enterprise Edition is
// assumed, as only there these fields do anything.
const (
	Unknown    Edition = ""
	Community  Edition = "ce"
	Enterprise Edition = "ee"
)

// Targets says of every cluster whether the Default Constraint reaches it,
// sorted by the cluster's name. The error says what is wrong with the selector.
func Targets(constraint *kubermaticv1.Constraint, clusters []kubermaticv1.Cluster, edition Edition) ([]Target, error) {
	selector, err := newSelector(constraint.Spec.Selector, edition)
	if err != nil {
		return nil, err
	}
	targets := make([]Target, 0, len(clusters))
	for i := range clusters {
		cluster := &clusters[i]
		target := Target{
			Cluster: cluster.Name, Name: cluster.Spec.HumanReadableName,
			Provider: cluster.Spec.Cloud.Provider(), Namespace: cluster.Status.NamespaceName, Reach: Disabled,
		}
		if !constraint.Spec.Disabled || edition == Community {
			target.Reach = selector.reach(cluster)
		}
		targets = append(targets, target)
	}
	slices.SortFunc(targets, func(a, b Target) int { return byName(a.Name, b.Name, a.Cluster, b.Cluster) })
	return targets, nil
}

type selector struct {
	providers []string
	labels    labels.Selector
}

func newSelector(from *kubermaticv1.ClusterSelector, edition Edition) (selector, error) {
	if from == nil || edition == Community {
		return selector{labels: labels.Everything()}, nil
	}
	s := selector{providers: from.Providers, labels: labels.Everything()}
	if from.LabelSelector != nil {
		parsed, err := metav1.LabelSelectorAsSelector(from.LabelSelector)
		if err != nil {
			return selector{}, fmt.Errorf("spec.selector.labelSelector: %w", err)
		}
		s.labels = parsed
	}
	return s, nil
}

func (s selector) reach(cluster *kubermaticv1.Cluster) Reach {
	if filtered := s.filter(cluster); filtered != Reached {
		return filtered
	}
	return State(cluster)
}

// filter is Reached, or which half of the selector leaves the cluster out.
func (s selector) filter(cluster *kubermaticv1.Cluster) Reach {
	switch {
	case len(s.providers) > 0 && !slices.Contains(s.providers, cluster.Spec.Cloud.Provider()):
		return FilteredByProvider
	case !s.labels.Matches(labels.Set(cluster.Labels)):
		return FilteredByLabel
	}
	return Reached
}

// State is Reached, or why KKP leaves a cluster alone.
func State(cluster *kubermaticv1.Cluster) Reach {
	switch {
	case cluster.DeletionTimestamp != nil:
		return Deleting
	case cluster.Status.NamespaceName == "":
		return NoNamespace
	case cluster.Spec.Pause:
		return Paused
	case !HasOPA(cluster):
		return OPAOff
	}
	return Reached
}

// HasOPA tells whether the OPA integration is switched on for a cluster.
func HasOPA(cluster *kubermaticv1.Cluster) bool {
	return cluster.Spec.OPAIntegration != nil && cluster.Spec.OPAIntegration.Enabled
}

// byName sorts clusters for people: by name, and twins by ID.
func byName(name, otherName, id, otherID string) int {
	return cmp.Or(cmp.Compare(name, otherName), cmp.Compare(id, otherID))
}

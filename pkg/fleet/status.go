package fleet

import (
	"slices"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
)

// Seed is what was read of one seed.
type Seed struct {
	Clusters []kubermaticv1.Cluster
	// Constraints are those of all namespaces, nil where they could not be read.
	Constraints []kubermaticv1.Constraint
	// Templates are nil where they could not be read.
	Templates []kubermaticv1.ConstraintTemplate
	Edition   Edition
}

// Status is how one user cluster stands.
type Status struct {
	// Cluster is the ID, Name the human-readable name.
	Cluster, Name, Provider string
	// Namespace is empty until KKP has set the cluster up.
	Namespace string
	// OPA tells whether the integration is switched on.
	OPA              bool
	Paused, Deleting bool
	// Controller and Audit are Gatekeeper's two components as KKP sees them;
	// empty while KKP has said nothing.
	Controller, Audit kubermaticv1.HealthStatus
	// Templates is how many ConstraintTemplates select the cluster, nil where
	// that is unknown.
	Templates *int
	// Constraints is nil where they could not be read.
	Constraints *Constraints
}

// Constraints are the constraints of one user cluster by name, each list
// sorted. A Default Constraint that selects the cluster is in one of the first
// five lists, whatever its disabled says: KKP copies that flag too.
type Constraints struct {
	// InSync have a copy that means the same.
	InSync []string
	// Drifted have a copy that means something else.
	Drifted []string
	// Missing have no copy.
	Missing []string
	// Waiting are drifted or missing where KKP leaves the cluster alone: it is
	// paused, being deleted, without a namespace, or its OPA is off.
	Waiting []string
	// Shadowed meet a constraint of the cluster's own by that name, which KKP
	// would take over, and delete together with the Default Constraint.
	Shadowed []string
	// Zombies are copies that no Default Constraint asks for.
	Zombies []string
	// Own are the cluster's own constraints.
	Own []string
	// NoTemplate are constraints of a kind that no template makes: they are not
	// enforced, and hang when they are deleted. Nil where templates are unknown.
	NoTemplate []string
	// Deleting are constraints that are being deleted. They count as gone.
	Deleting []string
}

// Statuses says of every cluster how it stands, sorted as Targets is. The
// error names Default Constraints and templates whose selector is broken: KKP
// does nothing with those, and they are left out.
func Statuses(seed Seed) ([]Status, error) {
	wanted, err := newWanted(seed)
	statuses := make([]Status, 0, len(seed.Clusters))
	for i := range seed.Clusters {
		statuses = append(statuses, wanted.status(&seed.Clusters[i]))
	}
	slices.SortFunc(statuses, func(a, b Status) int { return byName(a.Name, b.Name, a.Cluster, b.Cluster) })
	return statuses, err
}

func (w *wanted) status(cluster *kubermaticv1.Cluster) Status {
	health := cluster.Status.ExtendedHealth
	status := Status{
		Cluster: cluster.Name, Name: cluster.Spec.HumanReadableName,
		Provider:  cluster.Spec.Cloud.Provider(),
		Namespace: cluster.Status.NamespaceName,
		OPA:       HasOPA(cluster),
		Paused:    cluster.Spec.Pause, Deleting: cluster.DeletionTimestamp != nil,
		Controller: health.GatekeeperController, Audit: health.GatekeeperAudit,
	}
	if w.kinds != nil {
		count := 0
		for _, template := range w.templates {
			if template.filter(cluster) == Reached {
				count++
			}
		}
		status.Templates = &count
	}
	if w.constraints != nil {
		status.Constraints = w.judge(cluster)
	}
	return status
}

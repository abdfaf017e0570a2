package v1alpha1

// StatusReport says how clusters stand: the user clusters of all seeds that
// could be read, or one cluster with Gatekeeper.
type StatusReport struct {
	APIVersion string `json:"apiVersion"`
	// Kind is StatusReport.
	Kind string `json:"kind"`
	// Platform is kkp or gatekeeper.
	Platform string `json:"platform"`
	// Edition is KKP's, ce or ee, or empty where it could not be read. On the Community
	// Edition selectors and the disabled flag do not count.
	Edition string `json:"edition"`
	// Settings are absent where there are none or they could not be read.
	Settings *Settings `json:"settings,omitempty"`
	// Unreadable are the resources that could not be read, as kubectl knows
	// them: what the report lacks.
	Unreadable []string `json:"unreadable"`
	// UnreadableSeeds says of each seed whose user clusters are not in the report
	// why, a sentence each.
	UnreadableSeeds []string `json:"unreadableSeeds,omitempty"`
	// Clusters are sorted by name, twins by ID.
	Clusters []ClusterStatus `json:"clusters"`
}

// Settings are KKP's own switches for new clusters.
type Settings struct {
	// OPAEnabled switches OPA on for new clusters.
	OPAEnabled bool `json:"opaEnabled"`
	// OPAEnforced takes the choice away from the cluster's owner.
	OPAEnforced bool `json:"opaEnforced"`
}

// ClusterStatus is one cluster: on KKP a user cluster, else the cluster of the
// kubeconfig.
type ClusterStatus struct {
	// KKP's own view, absent on plain Gatekeeper.
	*KKPStatus
	// Server is the address of the API server; on plain Gatekeeper only.
	Server string `json:"server,omitempty"`
	// Gatekeeper is what was found on the cluster itself. It is absent where
	// nobody looked, as OPA is off or the cluster cannot be reached.
	Gatekeeper *GatekeeperStatus `json:"gatekeeper,omitempty"`
	// Unreachable says why the user cluster could not be read; empty where it
	// was, or where there was nothing to read.
	Unreachable string `json:"unreachable,omitempty"`
	// Pending says what has still to happen on the cluster, a sentence each.
	// --wait waits until there is none.
	Pending []string `json:"pending"`
}

// KKPStatus is a user cluster as its seed shows it.
type KKPStatus struct {
	// ID is the name of the Cluster object.
	ID string `json:"id"`
	// Name is the human-readable name.
	Name string `json:"name"`
	// Seed is the name of the Seed that hosts it; absent where that is the
	// cluster of the kubeconfig.
	Seed string `json:"seed,omitempty"`
	// Provider is the cloud provider, empty where the cluster names none.
	Provider string `json:"provider"`
	// Namespace is the cluster's namespace on the seed, empty until it has one.
	Namespace string `json:"namespace"`
	// OPA tells whether the integration is switched on.
	OPA bool `json:"opa"`
	// Paused and Deleting clusters are left alone by KKP.
	Paused   bool `json:"paused"`
	Deleting bool `json:"deleting"`
	// Controller and Audit are the health of Gatekeeper's components in KKP's
	// words (HealthStatusUp, …), empty while KKP has said nothing.
	Controller string `json:"controller"`
	Audit      string `json:"audit"`
	// Templates is how many ConstraintTemplates select the cluster; absent where
	// they could not be read.
	Templates *int `json:"templates,omitempty"`
	// Constraints are absent where they could not be read.
	Constraints *ConstraintStatus `json:"constraints,omitempty"`
}

// ConstraintStatus are names of constraints, each list sorted. A Default
// Constraint that selects the cluster is in one of the first five lists.
type ConstraintStatus struct {
	// InSync are Default Constraints whose copy means the same.
	InSync []string `json:"inSync"`
	// Drifted are those whose copy means something else.
	Drifted []string `json:"drifted"`
	// Missing are those without a copy.
	Missing []string `json:"missing"`
	// Waiting are drifted or missing where KKP leaves the cluster alone.
	Waiting []string `json:"waiting"`
	// Shadowed are those whose name a constraint of the cluster's own has: KKP
	// would take that one over.
	Shadowed []string `json:"shadowed"`
	// Zombies are copies that no Default Constraint asks for.
	Zombies []string `json:"zombies"`
	// Own are the cluster's own constraints.
	Own []string `json:"own"`
	// NoTemplate are constraints of a kind that no template makes; absent where
	// templates could not be read.
	NoTemplate []string `json:"noTemplate,omitzero"`
	// Deleting are constraints that are being deleted.
	Deleting []string `json:"deleting"`
}

package v1alpha1

// StatusReport says how the user clusters of a seed stand.
type StatusReport struct {
	APIVersion string `json:"apiVersion"`
	// Kind is StatusReport.
	Kind string `json:"kind"`
	// Edition is ce, ee or empty where it could not be read. On the Community
	// Edition selectors and the disabled flag do not count.
	Edition string `json:"edition"`
	// Settings are absent where there are none or they could not be read.
	Settings *Settings `json:"settings,omitempty"`
	// Unreadable are the resources that could not be read, as kubectl knows
	// them: what the report lacks.
	Unreadable []string `json:"unreadable"`
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

// ClusterStatus is one user cluster.
type ClusterStatus struct {
	// ID is the name of the Cluster object.
	ID string `json:"id"`
	// Name is the human-readable name.
	Name string `json:"name"`
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
	// Pending says what KKP has still to do on the cluster, a sentence each.
	// --wait waits until there is none.
	Pending []string `json:"pending"`
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

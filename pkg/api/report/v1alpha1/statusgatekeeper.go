package v1alpha1

// GatekeeperStatus is what was found of Gatekeeper on one cluster.
type GatekeeperStatus struct {
	// Version is such as 3.23.1. Where no image says it, it is what the
	// definitions allow for, such as "3.15 to 3.16"; empty where that is unknown.
	Version string `json:"version"`
	// VersionExact tells the one from the other.
	VersionExact bool `json:"versionExact"`
	// Controller and Audit are Gatekeeper's two Deployments.
	Controller ComponentStatus `json:"controller"`
	Audit      ComponentStatus `json:"audit"`
	Webhook    WebhookStatus   `json:"webhook"`
	// Templates and Constraints are absent where they could not be read.
	Templates   *InstalledTemplates   `json:"templates,omitempty"`
	Constraints *InstalledConstraints `json:"constraints,omitempty"`
	// TotalViolations is what the last audit found, of all constraints together;
	// absent while no constraint has been audited.
	TotalViolations *int64 `json:"totalViolations,omitempty"`
	// LastAudit is when the constraint that waits the longest was audited, in
	// RFC 3339; absent while none has been.
	LastAudit string `json:"lastAudit,omitempty"`
	// Unreadable says of each part that could not be read why, a sentence each.
	Unreadable []string `json:"unreadable"`
}

// ComponentStatus is one Deployment.
type ComponentStatus struct {
	// State is up, partial, down, absent or unknown.
	State    string `json:"state"`
	Replicas int64  `json:"replicas"`
	Ready    int64  `json:"ready"`
}

// WebhookStatus is what the API server asks Gatekeeper.
type WebhookStatus struct {
	// State is up where the configuration is there, absent or unknown.
	State string `json:"state"`
	// FailurePolicy is Ignore or Fail.
	FailurePolicy string `json:"failurePolicy,omitempty"`
	// Operations are those that Gatekeeper is asked about, sorted.
	Operations []string `json:"operations"`
}

// InstalledTemplates are Gatekeeper's ConstraintTemplates on one cluster.
type InstalledTemplates struct {
	Total int `json:"total"`
	// Failing are those with errors in their status, sorted.
	Failing []string `json:"failing"`
	// Origin compares with KKP's templates; absent on plain Gatekeeper.
	Origin *Origin `json:"origin,omitempty"`
}

// InstalledConstraints are the constraints of all kinds on one cluster, named
// KIND/NAME.
type InstalledConstraints struct {
	Total int `json:"total"`
	// ByAction is how many have each enforcement action.
	ByAction map[string]int `json:"byAction"`
	// Failing are those with errors in their status, sorted.
	Failing []string `json:"failing"`
	// NotAudited are those that no audit has looked at yet, sorted.
	NotAudited []string `json:"notAudited"`
	// Origin compares with the Constraints in the cluster's namespace on its
	// seed; absent on plain Gatekeeper, and where those could not be read.
	Origin *Origin `json:"origin,omitempty"`
}

// Origin says what KKP has to do with the objects on a user cluster: names,
// each list sorted. KKP puts back neither what is drifted nor what is missing.
type Origin struct {
	// InSync are as KKP wants them.
	InSync []string `json:"inSync"`
	// Drifted mean something else than KKP's object.
	Drifted []string `json:"drifted"`
	// Missing are wanted by KKP and not there.
	Missing []string `json:"missing"`
	// Leftover were KKP's, and it does not want them there any more.
	Leftover []string `json:"leftover"`
	// ByHand are nobody's: no object of KKP makes them.
	ByHand []string `json:"byHand"`
}

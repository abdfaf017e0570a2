package v1alpha1

// QuerySetupReport says whether an OPA in a cluster has what it needs to ask
// the Kubernetes API.
type QuerySetupReport struct {
	APIVersion string `json:"apiVersion"`
	// Kind is QuerySetupReport.
	Kind string `json:"kind"`
	// ServiceAccount is what the API server calls it.
	ServiceAccount string `json:"serviceAccount"`
	// Checks are in the order in which they build on each other.
	Checks []SetupCheck `json:"checks"`
}

// SetupCheck is one thing that must be so.
type SetupCheck struct {
	Name string `json:"name"`
	// OK tells that nothing is wrong with it.
	OK bool `json:"ok"`
	// Problem is what is wrong with it, empty where nothing is.
	Problem string `json:"problem"`
	// Next is what to do about the problem, empty where there is none.
	Next string `json:"next"`
}

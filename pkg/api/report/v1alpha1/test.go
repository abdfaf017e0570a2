package v1alpha1

// TestReport says what Gatekeeper would make of manifests.
type TestReport struct {
	APIVersion string `json:"apiVersion"`
	// Kind is TestReport.
	Kind string `json:"kind"`
	// EnforcementPoint is whose answer it is: webhook, audit or gator.
	EnforcementPoint string `json:"enforcementPoint"`
	// TargetGatekeeper is the version of Gatekeeper that was asked for, such as
	// 3.12.
	TargetGatekeeper string `json:"targetGatekeeper"`
	// Findings are in the order of the input, those of an object by kind and name
	// of the constraint.
	Findings []TestFinding `json:"findings"`
	// Errors are what could not be read or reviewed.
	Errors []string `json:"errors"`
	// Excluded are objects that the enforcement point asks no constraint about.
	Excluded []TestExcluded `json:"excluded"`
	// Differences are what other enforcement points see otherwise.
	Differences []TestDifference `json:"differences"`
	Summary     TestSummary      `json:"summary"`
}

// TestFinding is what a constraint says of an object.
type TestFinding struct {
	Position   Position   `json:"position"`
	Object     TestObject `json:"object"`
	Constraint TestPolicy `json:"constraint"`
	// Actions are what is done about it at this point, such as deny.
	Actions []string `json:"actions"`
	Message string   `json:"message"`
	// Details are the template's; absent where it gives none.
	Details any `json:"details,omitempty"`
	// Autoreject says that the constraint could not be evaluated. Gatekeeper
	// treats that as a violation.
	Autoreject bool `json:"autoreject"`
}

// TestObject names an object.
type TestObject struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	// Namespace is empty for an object of the cluster.
	Namespace string `json:"namespace"`
	// Name is metadata.name, or metadata.generateName where there is none.
	Name string `json:"name"`
}

// TestPolicy names a constraint, or another object of Gatekeeper's.
type TestPolicy struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
}

// TestExcluded says why objects were not looked at.
type TestExcluded struct {
	Why     string `json:"why"`
	Objects int    `json:"objects"`
}

// TestDifference is what other enforcement points see otherwise.
type TestDifference struct {
	// Points are webhook, audit or gator; empty where it is the same everywhere
	// and not what one would think.
	Points []string `json:"points"`
	// Policy is what it is about; absent where it is about objects.
	Policy *TestPolicy `json:"policy,omitempty"`
	Why    string      `json:"why"`
	// Objects is of how many objects it holds; 0 where it is about a policy.
	Objects int `json:"objects"`
}

// TestSummary counts.
type TestSummary struct {
	Templates   int `json:"templates"`
	Constraints int `json:"constraints"`
	// Objects were reviewed; Excluded are those of them that no constraint was
	// asked about.
	Objects  int `json:"objects"`
	Excluded int `json:"excluded"`
	// Matched is how often a constraint matched an object.
	Matched int `json:"matched"`
	// Deny, Warn, DryRun and Other are findings by their strictest action.
	Deny   int `json:"deny"`
	Warn   int `json:"warn"`
	DryRun int `json:"dryrun"`
	Other  int `json:"other"`
	// Autorejects are those of the findings that are no policy's word.
	Autorejects int `json:"autorejects"`
	Errors      int `json:"errors"`
}

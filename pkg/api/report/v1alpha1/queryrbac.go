package v1alpha1

// QueryRBACReport says which rights policies need that ask the Kubernetes API,
// and whether the current user has them.
type QueryRBACReport struct {
	APIVersion string `json:"apiVersion"`
	// Kind is QueryRBACReport.
	Kind string `json:"kind"`
	// Allowed tells whether the user has all of them.
	Allowed bool `json:"allowed"`
	// Rules are sorted by resource, namespace, name and verb.
	Rules []QueryRule `json:"rules"`
}

// QueryRule is one right.
type QueryRule struct {
	// Verb is get or list.
	Verb string `json:"verb"`
	// Group is empty for the core group.
	Group    string `json:"group"`
	Resource string `json:"resource"`
	// Namespace is empty for all namespaces and for what has none.
	Namespace string `json:"namespace"`
	// Name is empty for any, and for lists.
	Name string `json:"name"`
	// Recorded says that a recorded run asked it, and the code alone does not tell.
	Recorded bool `json:"recorded"`
	// From is where the rule comes from: calls in policies, and recordings, which
	// have no line.
	From []Position `json:"from"`
	// Allowed tells whether the user has the right.
	Allowed bool `json:"allowed"`
	// Reason is what the server says of it, absent where it says nothing.
	Reason string `json:"reason,omitempty"`
}

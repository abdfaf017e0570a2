package v1alpha1

// ExportReport says which files an export wrote.
type ExportReport struct {
	APIVersion string `json:"apiVersion"`
	// Kind is ExportReport.
	Kind string `json:"kind"`
	// Directory is where the files are, as the user named it.
	Directory string `json:"directory"`
	// UserCluster is the ID of the one user cluster that was exported, empty
	// where all of KKP's policies were.
	UserCluster string `json:"userCluster"`
	// Edition is ce, ee or empty where it could not be read. On the Community
	// Edition selectors and the disabled flag do not count.
	Edition string `json:"edition"`
	// Files are all files, in the order in which they were written.
	Files []ExportedFile `json:"files"`
}

// ExportedFile is one file with one policy.
type ExportedFile struct {
	// Path is relative to the directory, with slashes.
	Path string `json:"path"`
	// Kind is ConstraintTemplate or the constraint's own kind.
	Kind string `json:"kind"`
	Name string `json:"name"`
	// Disabled tells that kubectl apply passes the file over.
	Disabled bool `json:"disabled"`
	// Note is what else there is to know, for people.
	Note string `json:"note"`
}

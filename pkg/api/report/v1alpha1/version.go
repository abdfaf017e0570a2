package v1alpha1

// VersionReport says which plugin this is and which engines are in it.
type VersionReport struct {
	APIVersion string `json:"apiVersion"`
	// Kind is VersionReport.
	Kind string `json:"kind"`
	// Version is the release, "(devel)" for a build from a checkout.
	Version string `json:"version"`
	// Platform is GOOS/GOARCH.
	Platform string `json:"platform"`
	// Go is the version of the Go toolchain.
	Go string `json:"go"`
	// Engines are the libraries whose versions decide what a policy means.
	Engines []Engine `json:"engines"`
}

// Engine is one library.
type Engine struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

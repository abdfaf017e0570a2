package v1alpha1

// RegistryCheckReport says which images the allowed registries allow.
type RegistryCheckReport struct {
	APIVersion string `json:"apiVersion"`
	// Kind is RegistryCheckReport.
	Kind string `json:"kind"`
	// Flavor says by which of the two templates the images are allowed or
	// denied: kkp compares texts, hardened reads images as container runtimes do.
	Flavor string `json:"flavor"`
	// Registries are all prefixes that the images were compared with.
	Registries []AllowedPrefix `json:"registries"`
	// Images are those of the command line, then those of the manifests, in the
	// order in which they were given.
	Images []CheckedImage `json:"images"`
}

// AllowedPrefix is one allowed registry.
type AllowedPrefix struct {
	// Name is the name of the AllowedRegistry, empty for a prefix without one.
	Name string `json:"name"`
	// Prefix is what an image must begin with.
	Prefix string `json:"prefix"`
}

// CheckedImage is one image at one place.
type CheckedImage struct {
	// Image is the text as it was given, empty for a container without one.
	Image string `json:"image"`
	ImageVerdict
	// Container is the name of the container, empty on the command line.
	Container string `json:"container"`
	// ContainerKind is containers, initContainers or ephemeralContainers, empty
	// on the command line.
	ContainerKind string `json:"containerKind"`
	// OtherFlavor is what the other template decides, absent where both admit
	// the image and where both deny it.
	OtherFlavor *OtherVerdict `json:"otherFlavor,omitempty"`
	// Object is the object that has the container, absent on the command line.
	Object *Object `json:"object,omitempty"`
	// Position is where the image stands, absent on the command line.
	Position *Position `json:"position,omitempty"`
}

// ImageVerdict is what a template decides about an image.
type ImageVerdict struct {
	// Allowed tells whether one of the prefixes allows the image. It is true for
	// a container without an image.
	Allowed bool `json:"allowed"`
	// Enforced tells whether the template looks at the image: KKP's not at that
	// of an ephemeral container, none at a container without one. Only what is
	// enforced and not allowed is denied.
	Enforced bool `json:"enforced"`
	// Prefix is the longest prefix that allows the image, empty where none does.
	Prefix string `json:"prefix"`
	// Nearest is the prefix most like an image that none allows, empty where
	// none is like it.
	Nearest string `json:"nearest"`
	// Registry is the name of the registry of Prefix or Nearest.
	Registry string `json:"registry"`
	// Hint says what is easily overlooked; it is often empty.
	Hint string `json:"hint"`
}

// Denied tells whether the template denies a Pod for the image.
func (v ImageVerdict) Denied() bool { return v.Enforced && !v.Allowed }

// OtherVerdict is what the template of the other flavor decides.
type OtherVerdict struct {
	// Flavor is that of the template.
	Flavor string `json:"flavor"`
	ImageVerdict
}

// Object names an object of a manifest.
type Object struct {
	Kind string `json:"kind"`
	// Namespace is empty where the manifest names none.
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
}

// Position is a place in a file.
type Position struct {
	// File is the path as it was given; "-" is standard input.
	File string `json:"file"`
	// Line counts from 1.
	Line int `json:"line"`
}

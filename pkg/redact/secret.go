package redact

import (
	"github.com/kubectl-opa/kubectl-opa/pkg/resources"
)

// Mark stands where a value of a Secret was.
const Mark = "<redacted>"

// lastApplied is the annotation in which "kubectl apply" keeps a copy of what
// was applied: of a Secret, all of its values.
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// IsSecret tells whether the objects of a resource are Secrets, in whatever
// version of the core group.
func IsSecret(r resources.Resource) bool { return r.Group == "" && r.Name == "secrets" }

// Secret puts Mark in the place of every value of a Secret: those
// of data and stringData, and kubectl's copy of the whole in an annotation.
// The Secret is as decoded from JSON, and is changed.
func Secret(secret map[string]any) {
	eachValue(secret, func(secretField, any) any { return Mark })
}

// secretField is the part of a Secret that a value stands in.
type secretField int

const (
	inData secretField = iota
	inStringData
	inAnnotation
)

// eachValue replaces each value of a Secret.
func eachValue(secret map[string]any, replace func(secretField, any) any) {
	for name, field := range map[string]secretField{"data": inData, "stringData": inStringData} {
		switch values := secret[name].(type) {
		case nil:
		case map[string]any:
			for key, value := range values {
				values[key] = replace(field, value)
			}
		default: // no Secret that an API server would take
			secret[name] = replace(field, values)
		}
	}
	metadata, _ := secret["metadata"].(map[string]any)
	annotations, _ := metadata["annotations"].(map[string]any)
	if value, ok := annotations[lastApplied]; ok {
		annotations[lastApplied] = replace(inAnnotation, value)
	}
}

package policy

import "k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

// notesOfServer are annotations that kubectl and Gatekeeper write for
// themselves.
var notesOfServer = []string{
	"kubectl.kubernetes.io/last-applied-configuration",
	"gatekeeper.sh/block-vapb-generation-until",
	"gatekeeper.sh/vapb-generation-state",
}

// Portable copies an object without all that belongs to the cluster it was
// read from, so that it can be applied to that one again, or to another.
func Portable(object *unstructured.Unstructured) *unstructured.Unstructured {
	bare := withoutServerFields(object)
	for _, field := range []string{"resourceVersion", "ownerReferences", "finalizers", "deletionTimestamp", "deletionGracePeriodSeconds"} {
		unstructured.RemoveNestedField(bare.Object, "metadata", field)
	}
	for _, note := range notesOfServer {
		unstructured.RemoveNestedField(bare.Object, "metadata", "annotations", note)
	}
	dropEmpty(bare.Object, "metadata", "annotations")
	return bare
}

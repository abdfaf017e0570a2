package enable

import "k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

// summary is the part of a Cluster that enable and disable are about. The rest
// is left out of every output: a cloud section can hold credentials, and so can
// an annotation that repeats the whole object.
func summary(cluster *unstructured.Unstructured) *unstructured.Unstructured {
	short := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": cluster.GetAPIVersion(), "kind": cluster.GetKind(),
	}}
	for _, path := range [][]string{
		{"metadata", "name"},
		{"metadata", "labels"},
		{"metadata", "resourceVersion"},
		{"spec", "humanReadableName"},
		{"spec", "pause"},
		{"spec", "opaIntegration"},
		{"status", "namespaceName"},
		{"status", "extendedHealth", "gatekeeperController"},
		{"status", "extendedHealth", "gatekeeperAudit"},
	} {
		if value, found, err := unstructured.NestedFieldCopy(cluster.Object, path...); found && err == nil {
			// It fails only where a parent is no map, and all of them are made here.
			_ = unstructured.SetNestedField(short.Object, value, path...)
		}
	}
	return short
}

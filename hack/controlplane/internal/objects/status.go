package objects

import "k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

// Status returns what ApplyStatus takes: an object's identity and a status.
func Status(of *unstructured.Unstructured, status any) *unstructured.Unstructured {
	object := &unstructured.Unstructured{Object: map[string]any{"status": status}}
	object.SetAPIVersion(of.GetAPIVersion())
	object.SetKind(of.GetKind())
	object.SetName(of.GetName())
	object.SetNamespace(of.GetNamespace())
	return object
}

// WithStatus returns the statuses of those objects that have one.
func WithStatus(all []*unstructured.Unstructured) []*unstructured.Unstructured {
	var found []*unstructured.Unstructured
	for _, object := range all {
		if status, has := object.Object["status"]; has {
			found = append(found, Status(object, status))
		}
	}
	return found
}

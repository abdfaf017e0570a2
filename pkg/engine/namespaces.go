package engine

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// addNamespace makes a Namespace known to selectors and to templates.
func (e *Enforcer) addNamespace(object *unstructured.Unstructured) error {
	namespace, err := read[corev1.Namespace](object)
	if err != nil {
		return err
	}
	if e.point != Gator && namespace.Name != "" {
		label(&namespace.ObjectMeta, namespace.Name)
	}
	e.namespaces[namespace.Name] = namespace
	return nil
}

// label sets the label that an API server sets on every Namespace.
func label(meta *metav1.ObjectMeta, name string) {
	if meta.Labels[corev1.LabelMetadataName] == name {
		return
	}
	if meta.Labels == nil {
		meta.Labels = map[string]string{}
	}
	meta.Labels[corev1.LabelMetadataName] = name
}

// namespaceOf is the Namespace of what is in the namespace of this name. It is
// nil where there is none, or none is known. gator makes two up.
func (e *Enforcer) namespaceOf(name string) *corev1.Namespace {
	namespace := e.namespaces[name]
	switch {
	case e.point != Gator:
	case name == "":
		return &corev1.Namespace{}
	case namespace == nil && name == "default":
		return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	}
	return namespace
}

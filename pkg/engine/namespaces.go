package engine

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// addNamespace makes a Namespace known to selectors and to templates.
func (e *Enforcer) addNamespace(object *unstructured.Unstructured) error {
	namespace, err := read[corev1.Namespace](e.labelled(object))
	if err != nil {
		return err
	}
	e.namespaces[namespace.Name] = namespace
	_, e.ignored[namespace.Name] = namespace.Labels[ignoreLabel]
	return nil
}

// labelled is an object with the label that an API server sets on every
// Namespace. gator takes Namespaces as they are.
func (e *Enforcer) labelled(object *unstructured.Unstructured) *unstructured.Unstructured {
	if e.point == Gator || !isNamespace(object) {
		return object
	}
	labels, name := object.GetLabels(), object.GetName()
	if name == "" || labels[corev1.LabelMetadataName] == name {
		return object
	}
	if labels == nil {
		labels = map[string]string{}
	}
	labels[corev1.LabelMetadataName] = name
	object = object.DeepCopy()
	object.SetLabels(labels)
	return object
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

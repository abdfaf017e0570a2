package engine

import (
	"fmt"

	"github.com/open-policy-agent/gatekeeper/v3/pkg/controller/config/process"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/wildcard"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// What the namespaceSelector of Gatekeeper's webhook configuration leaves out,
// as its release has it: namespaces with this label, and its own namespace.
const (
	ignoreLabel = "admission.gatekeeper.sh/ignore"
	ownHome     = "gatekeeper-system"
)

// processes are the names that a Config has for the points that it excludes
// from.
var processes = map[Point]process.Process{Webhook: process.Webhook, Audit: process.Audit}

// excluded asks the Config.
func (e *Enforcer) excluded(from process.Process, object *unstructured.Unstructured) (bool, error) {
	if e.excluder == nil {
		return false, nil
	}
	return e.excluder.IsNamespaceExcluded(from, object)
}

// exclusion is why a point asks no constraint about an object, "" if it does.
func (e *Enforcer) exclusion(at Point, object *unstructured.Unstructured) (string, error) {
	if at == Gator {
		return "", nil
	}
	if at == Webhook {
		if why := e.unselected(object); why != "" {
			return why, nil
		}
	}
	excluded, err := e.excluded(processes[at], object)
	if err != nil || !excluded {
		return "", err
	}
	namespace, pattern := homeOf(object), ""
	for _, each := range e.excluder.GetExcludedNamespaces(processes[at]) {
		if wildcard.Wildcard(each).Matches(namespace) {
			pattern = each
			break
		}
	}
	what := fmt.Sprintf("namespace %q", namespace)
	if namespace == "" {
		what = "what is in no namespace"
	}
	return fmt.Sprintf("the Config excludes %s from %s: its spec.match has %q for the process %q", what, at.short(), pattern, processes[at]), nil
}

// unselected is why the API server does not ask the webhook about an object.
func (e *Enforcer) unselected(object *unstructured.Unstructured) string {
	home := homeOf(object)
	if home == "" {
		return ""
	}
	ignored := e.ignored[home]
	if isNamespace(object) {
		_, ignored = object.GetLabels()[ignoreLabel]
	}
	switch {
	case ignored:
		return fmt.Sprintf("Namespace %q has the label %s: the API server does not ask the webhook", home, ignoreLabel)
	case home == ownHome:
		return fmt.Sprintf("%q is Gatekeeper's own namespace: the API server does not ask the webhook", home)
	}
	return ""
}

// homeOf is the name of the namespace that an object is in; of a Namespace, its
// own.
func homeOf(object *unstructured.Unstructured) string {
	if isNamespace(object) {
		return object.GetName()
	}
	return object.GetNamespace()
}

func isNamespace(object *unstructured.Unstructured) bool {
	return object.GetKind() == "Namespace" && object.GroupVersionKind().Group == corev1.GroupName
}

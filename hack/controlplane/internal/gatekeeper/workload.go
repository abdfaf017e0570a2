package gatekeeper

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/hack/controlplane/internal/objects"
)

// namespaceObject is the namespace without what has Pod Security look at the Pods in it: they never run.
func namespaceObject(object *unstructured.Unstructured) *unstructured.Unstructured {
	object = object.DeepCopy()
	labels := object.GetLabels()
	for name := range labels {
		if strings.HasPrefix(name, "pod-security.kubernetes.io/") {
			delete(labels, name)
		}
	}
	object.SetLabels(labels)
	return object
}

// workload returns a Deployment with one Pod, and that Pod. Who asks the cluster for Gatekeeper's version finds it in their
// images. No controller acts on a Deployment here; Gatekeeper reads its own Pod and makes it the owner of what it reports.
func workload(object *unstructured.Unstructured) (deployment, pod *unstructured.Unstructured, err error) {
	deployment = object.DeepCopy()
	if err := unstructured.SetNestedField(deployment.Object, int64(1), "spec", "replicas"); err != nil {
		return nil, nil, err
	}
	template, found, _ := unstructured.NestedMap(deployment.Object, "spec", "template")
	if !found {
		return nil, nil, fmt.Errorf("reading the Deployment %s: it has no template of a Pod", object.GetName())
	}
	pod = &unstructured.Unstructured{Object: template}
	pod.SetAPIVersion("v1")
	pod.SetKind("Pod")
	pod.SetName(object.GetName())
	pod.SetNamespace(object.GetNamespace())
	return deployment, pod, nil
}

func deploymentStatus(of *unstructured.Unstructured) *unstructured.Unstructured {
	return objects.Status(of, map[string]any{
		"observedGeneration": int64(1),
		"replicas":           int64(1),
		"updatedReplicas":    int64(1),
		"readyReplicas":      int64(1),
		"availableReplicas":  int64(1),
		"conditions":         []any{map[string]any{"type": "Available", "status": "True"}},
	})
}

func podStatus(of *unstructured.Unstructured) *unstructured.Unstructured {
	containers, _, _ := unstructured.NestedSlice(of.Object, "spec", "containers")
	var statuses []any
	for _, item := range containers {
		container, _ := item.(map[string]any)
		statuses = append(statuses, map[string]any{
			"name": container["name"], "image": container["image"], "imageID": "", "ready": true, "restartCount": int64(0),
			"state": map[string]any{"running": map[string]any{}},
		})
	}
	return objects.Status(of, map[string]any{
		"phase":             "Running",
		"conditions":        []any{map[string]any{"type": "Ready", "status": "True"}},
		"containerStatuses": statuses,
	})
}

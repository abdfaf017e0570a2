package platform

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// deployments are those of Gatekeeper, in its namespace or else in any.
func (g Gatekeeper) deployments(ctx context.Context) ([]*unstructured.Unstructured, error) {
	all, err := g.List(ctx, Place{deployments, GatekeeperNamespace}, "")
	if err == nil {
		ours := slices.DeleteFunc(all, func(d *unstructured.Unstructured) bool {
			return d.GetLabels()[systemLabel] != "yes" && d.GetName() != controllerName && d.GetName() != auditName
		})
		if len(ours) > 0 {
			return ours, nil
		}
	}
	// Where the namespace may not be read, the others may not be either: what
	// the server says of all of them says that, too.
	return g.List(ctx, Place{GroupVersionResource: deployments}, systemLabel+"=yes")
}

// component is the Deployment that does an operation. One without the label,
// as old ones have it, is known by its name.
func component(all []*unstructured.Unstructured, name, operation string) Component {
	for _, deployment := range all {
		of := deployment.GetLabels()[operationLabel]
		if of != operation && (of != "" || deployment.GetName() != name) {
			continue
		}
		replicas, found, _ := unstructured.NestedInt64(deployment.Object, "spec", "replicas")
		if !found {
			replicas = 1 // the API's default
		}
		ready, _, _ := unstructured.NestedInt64(deployment.Object, "status", "readyReplicas")
		health := Up
		switch {
		case ready == 0:
			health = Down
		case ready < replicas:
			health = Partial
		}
		return Component{Health: health, Replicas: replicas, Ready: ready}
	}
	return Component{Health: Absent}
}

// imageVersion is the version that the Deployments' images say; both where
// they differ, as during an upgrade, and none without Deployments.
func imageVersion(all []*unstructured.Unstructured) (string, error) {
	versions := []string{}
	for _, deployment := range all {
		containers, _, _ := unstructured.NestedSlice(deployment.Object, "spec", "template", "spec", "containers")
		image := ""
		for _, container := range containers {
			fields, _ := container.(map[string]any)
			// The first container, unless there is one with Gatekeeper's name for it.
			if named, _ := fields["image"].(string); image == "" || fields["name"] == "manager" {
				image = named
			}
		}
		version := tagVersion(image)
		if version == "" {
			return "", fmt.Errorf("the image %q of Deployment %s/%s does not say which version of Gatekeeper it is",
				image, deployment.GetNamespace(), deployment.GetName())
		}
		versions = append(versions, version)
	}
	slices.Sort(versions)
	return strings.Join(slices.Compact(versions), " and "), nil
}

// tagVersion is the version in the tag of an image, or empty.
func tagVersion(image string) string {
	image, _, _ = strings.Cut(image, "@")
	_, tag, found := strings.Cut(image[strings.LastIndex(image, "/")+1:], ":")
	version := strings.TrimPrefix(tag, "v")
	if !found || version == "" || strings.Trim(version[:1], "0123456789") != "" {
		return ""
	}
	return version
}

// webhook reads what the API server asks Gatekeeper about objects.
func (g Gatekeeper) webhook(ctx context.Context) (Webhook, error) {
	// All of them: what the configuration is called can be chosen, what its
	// webhook is called cannot.
	all, err := g.List(ctx, Place{GroupVersionResource: webhooks}, "")
	if err != nil {
		return Webhook{Health: Unknown}, err
	}
	found := Webhook{Health: Absent}
	for _, configuration := range all {
		hooks, _, _ := unstructured.NestedSlice(configuration.Object, "webhooks")
		for _, hook := range hooks {
			fields, _ := hook.(map[string]any)
			if fields["name"] != ReviewWebhook || found.Health != Absent && configuration.GetName() != webhookName {
				continue
			}
			policy, _ := fields["failurePolicy"].(string)
			found = Webhook{Health: Up, FailurePolicy: policy, Operations: operations(fields)}
		}
	}
	return found, nil
}

// operations are those of all rules of a webhook.
func operations(hook map[string]any) []string {
	rules, _ := hook["rules"].([]any)
	all := []string{}
	for _, rule := range rules {
		fields, _ := rule.(map[string]any)
		named, _ := fields["operations"].([]any)
		for _, operation := range named {
			all = append(all, fmt.Sprint(operation))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

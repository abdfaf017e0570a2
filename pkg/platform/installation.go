package platform

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// Health is how a part of Gatekeeper stands.
type Health string

// The healths. Unknown is what could not be read.
const (
	Unknown Health = "unknown"
	// Absent: the cluster does not have this part.
	Absent Health = "absent"
	Up     Health = "up"
	// Partial: some of the wanted Pods are ready.
	Partial Health = "partial"
	Down    Health = "down"
)

// Component is one of Gatekeeper's Deployments.
type Component struct {
	Health          Health
	Replicas, Ready int64
}

// Webhook is what the API server is told to ask Gatekeeper.
type Webhook struct {
	// Health is Up where the configuration is there: whether Gatekeeper answers
	// is for its Deployment to say.
	Health Health
	// FailurePolicy says what happens when Gatekeeper does not answer: Ignore or
	// Fail.
	FailurePolicy string
	// Operations are those that Gatekeeper is asked about, sorted.
	Operations []string
}

// Installation is what a cluster has of Gatekeeper.
type Installation struct {
	// Version is such as 3.23.1 where an image says it. Else it is what the
	// definitions allow for, such as "3.15 to 3.16", and empty where even that is
	// unknown.
	Version string
	// Exact tells that an image says the version.
	Exact             bool
	Controller, Audit Component
	Webhook           Webhook
	// Unknown says of each part that could not be read why.
	Unknown []error
}

// Running tells whether anything of Gatekeeper is there that could act. Only
// what is known to be absent counts as absent.
func (i Installation) Running() bool {
	return i.Controller.Health != Absent || i.Audit.Health != Absent || i.Webhook.Health != Absent
}

// GatekeeperNamespace is where Gatekeeper runs unless somebody chose another
// namespace.
const GatekeeperNamespace = "gatekeeper-system"

// What everything that belongs to an installation is called.
const (
	systemLabel    = "gatekeeper.sh/system"
	operationLabel = "gatekeeper.sh/operation"
	controllerName = "gatekeeper-controller-manager"
	auditName      = "gatekeeper-audit"
	webhookName    = "gatekeeper-validating-webhook-configuration"
)

// ReviewWebhook is the webhook that asks Gatekeeper about objects.
const ReviewWebhook = "validation.gatekeeper.sh"

var (
	deployments = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
	webhooks    = schema.GroupVersionResource{Group: "admissionregistration.k8s.io", Version: "v1", Resource: "validatingwebhookconfigurations"}
)

// Installation says what the cluster has of Gatekeeper. A part that cannot be
// read is unknown, and the others are read. The error is the context's.
func (g Gatekeeper) Installation(ctx context.Context) (Installation, error) {
	found := Installation{Controller: Component{Health: Unknown}, Audit: Component{Health: Unknown}, Webhook: Webhook{Health: Unknown}}
	running, err := g.deployments(ctx)
	if err != nil {
		found.Unknown = append(found.Unknown, err)
	} else {
		found.Controller, found.Audit = component(running, controllerName, "webhook"), component(running, auditName, "audit")
	}
	if found.Version, err = imageVersion(running); err != nil {
		found.Unknown = append(found.Unknown, err)
	}
	found.Exact = found.Version != ""
	if found.Webhook, err = g.webhook(ctx); err != nil {
		found.Unknown = append(found.Unknown, err)
	}
	if !found.Exact {
		if found.Version, err = g.definedVersion(ctx); err != nil {
			found.Unknown = append(found.Unknown, err)
		}
	}
	return found, ctx.Err()
}

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

// Templated tells whether the cluster serves Gatekeeper's templates.
func (g Gatekeeper) Templated(ctx context.Context) (bool, error) {
	served, err := g.Served(ctx, policy.TemplatesGroup)
	return len(served) > 0, err
}

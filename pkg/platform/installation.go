package platform

import (
	"context"

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

// Templated tells whether the cluster serves Gatekeeper's templates.
func (g Gatekeeper) Templated(ctx context.Context) (bool, error) {
	served, err := g.Served(ctx, policy.TemplatesGroup)
	return len(served) > 0, err
}

package status

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	reportv1alpha1 "github.com/kubectl-opa/kubectl-opa/pkg/api/report/v1alpha1"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
)

// reading is what was read of Gatekeeper on one cluster.
type reading struct {
	installation platform.Installation
	// templates and constraints are nil where they could not be read.
	templates, constraints []*unstructured.Unstructured
	// served tells whether Gatekeeper's templates are served at all.
	served bool
	// failed says why templates or constraints could not be read.
	failed []error
}

// readGatekeeper reads what a cluster has of Gatekeeper. The error says why
// nothing could be read.
func readGatekeeper(ctx context.Context, cluster platform.Cluster) (*reading, error) {
	gatekeeper, found := platform.Gatekeeper{Cluster: cluster}, &reading{}
	var err error
	if found.served, err = gatekeeper.Templated(ctx); err != nil {
		// Whoever does not even say what it serves need not be asked more.
		return nil, err
	}
	var templatesErr, constraintsErr, installationErr error
	parts := errgroup.Group{}
	parts.Go(func() error {
		if found.templates = []*unstructured.Unstructured{}; found.served {
			found.templates, templatesErr = gatekeeper.Templates(ctx)
		}
		return nil
	})
	parts.Go(func() error {
		if found.constraints, constraintsErr = gatekeeper.Constraints(ctx, ""); constraintsErr == nil && found.constraints == nil {
			found.constraints = []*unstructured.Unstructured{}
		}
		return nil
	})
	parts.Go(func() error {
		found.installation, installationErr = gatekeeper.Installation(ctx)
		return nil
	})
	_ = parts.Wait() // each has its own error
	for _, err := range []error{templatesErr, constraintsErr, installationErr} {
		if err != nil {
			found.failed = append(found.failed, err)
		}
	}
	if templatesErr != nil && constraintsErr != nil {
		return nil, templatesErr
	}
	return found, nil
}

// report is the reading for machines, and what Gatekeeper has still to do.
func (r *reading) report() (reportv1alpha1.GatekeeperStatus, []string) {
	policies := fleet.Summarize(r.templates, r.constraints)
	installation := r.installation
	status := reportv1alpha1.GatekeeperStatus{
		Version: installation.Version, VersionExact: installation.Exact,
		Controller: componentReport(installation.Controller), Audit: componentReport(installation.Audit),
		Webhook: reportv1alpha1.WebhookStatus{
			State: string(installation.Webhook.Health), FailurePolicy: installation.Webhook.FailurePolicy,
			Operations: append([]string{}, installation.Webhook.Operations...),
		},
		Unreadable: []string{},
	}
	if r.templates != nil {
		status.Templates = &reportv1alpha1.InstalledTemplates{Total: policies.Templates, Failing: policies.FailingTemplates}
	}
	if r.constraints != nil {
		status.Constraints = &reportv1alpha1.InstalledConstraints{
			Total: policies.Constraints, ByAction: policies.ByAction, Failing: policies.FailingConstraints, NotAudited: policies.NotAudited,
		}
	}
	if r.constraints != nil && r.served {
		status.TotalViolations = policies.Violations
	}
	if !policies.LastAudit.IsZero() {
		status.LastAudit = policies.LastAudit.UTC().Format(time.RFC3339)
	}
	for _, err := range append(installation.Unknown, r.failed...) {
		status.Unreadable = append(status.Unreadable, err.Error())
	}
	return status, policies.Pending
}

func componentReport(component platform.Component) reportv1alpha1.ComponentStatus {
	return reportv1alpha1.ComponentStatus{State: string(component.Health), Replicas: component.Replicas, Ready: component.Ready}
}

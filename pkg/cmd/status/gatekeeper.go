package status

import (
	"context"
	"fmt"

	reportv1alpha1 "github.com/kubectl-opa/kubectl-opa/pkg/api/report/v1alpha1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
)

// gatekeeperReader looks at one cluster with Gatekeeper, again and again.
type gatekeeperReader struct {
	server  string
	cluster platform.Cluster
}

// look reads all that can be read. The error says why there is nothing to
// show; what else is missing is a warning.
func (r gatekeeperReader) look(ctx context.Context) (sight, error) {
	found, err := readGatekeeper(ctx, r.cluster)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return sight{}, err
	}
	status, pending := found.report()
	seen := sight{
		report: newReport(cli.OnGatekeeper),
		late:   "wait longer with --timeout; what is wrong with a template or a constraint stands in its status.byPod",
	}
	for _, reason := range status.Unreadable {
		seen.warn("not all of Gatekeeper can be seen: %s", reason)
	}
	if !found.installation.Running() {
		seen.warn("only the definitions of Gatekeeper (%s) are here, and no Deployment and no webhook of it: nothing is enforced", status.Version)
		pending = append([]string{"Gatekeeper does not run: there is no Deployment and no webhook of it"}, pending...)
	} else {
		pending = append(seen.components(found.installation), pending...)
	}
	seen.pending = pending
	seen.report.Clusters = append(seen.report.Clusters, reportv1alpha1.ClusterStatus{Server: r.server, Gatekeeper: &status, Pending: pending})
	return seen, nil
}

// components says which parts of Gatekeeper are not up, and notes those that
// cannot be waited for.
func (s *sight) components(installation platform.Installation) []string {
	missing := []string{}
	for _, part := range []struct {
		name string
		platform.Component
	}{{"controller", installation.Controller}, {"audit", installation.Audit}} {
		switch part.Health {
		case platform.Down:
			missing = append(missing, fmt.Sprintf("gatekeeper %s is down", part.name))
		case platform.Partial:
			missing = append(missing, fmt.Sprintf("gatekeeper %s: %d of %d Pods are ready", part.name, part.Ready, part.Replicas))
		case platform.Absent:
			s.notWaitedFor = append(s.notWaitedFor, fmt.Sprintf("no Deployment of Gatekeeper's %s is here: its health is not waited for", part.name))
		case platform.Unknown:
			s.notWaitedFor = append(s.notWaitedFor, fmt.Sprintf("the health of Gatekeeper's %s cannot be seen: not waited for", part.name))
		}
	}
	if installation.Webhook.Health == platform.Absent {
		s.warn("the API server does not ask Gatekeeper: no webhook %s is configured, so nothing is denied", platform.ReviewWebhook)
	}
	return missing
}

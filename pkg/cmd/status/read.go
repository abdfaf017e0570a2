package status

import (
	"context"
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/runtime/schema"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	reportv1alpha1 "github.com/kubectl-opa/kubectl-opa/pkg/api/report/v1alpha1"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
)

// reader looks at a seed, again and again.
type reader struct {
	kkp      platform.KKP
	names    []string
	selector string
	edition  func(context.Context) fleet.Edition
}

// sight is what one look sees.
type sight struct {
	report   reportv1alpha1.StatusReport
	warnings []string
}

// look reads all that can be read. The error says why there is nothing to
// show; what else is missing is a warning.
func (r reader) look(ctx context.Context) (sight, error) {
	clusters, err := r.clusters(ctx)
	if err != nil {
		return sight{}, err
	}
	edition := r.edition(ctx)
	seen := sight{report: newReport(edition)}
	seed := fleet.Seed{Clusters: clusters, Edition: edition}
	seed.Constraints, err = r.kkp.Constraints(ctx, "")
	seen.lacks(kubermaticv1.Constraints, "how the constraints stand is unknown", err)
	seed.Templates, err = r.kkp.Templates(ctx)
	seen.lacks(kubermaticv1.ConstraintTemplates, "which templates there are is unknown", err)
	settings, err := r.kkp.Settings(ctx)
	if !errors.Is(err, kube.ErrNotFound) {
		seen.lacks(kubermaticv1.KubermaticSettings, "KKP's switches for new clusters are unknown", err)
	}
	if err := ctx.Err(); err != nil {
		return sight{}, err
	}
	statuses, err := fleet.Statuses(seed)
	if err != nil {
		seen.warnings = append(seen.warnings, fmt.Sprintf("KKP cannot tell which clusters these are for, they are left out:\n%v", err))
	}
	seen.report.Settings = settingsReport(settings)
	for _, status := range statuses {
		seen.report.Clusters = append(seen.report.Clusters, clusterReport(status))
	}
	return seen, nil
}

// lacks notes what could not be read, if err says so.
func (s *sight) lacks(resource schema.GroupVersionResource, meaning string, err error) {
	if err != nil {
		s.report.Unreadable = append(s.report.Unreadable, resource.GroupResource().String())
		s.warnings = append(s.warnings, fmt.Sprintf("%s: %v", meaning, err))
	}
}

// clusters are those that the user means, each once.
func (r reader) clusters(ctx context.Context) ([]kubermaticv1.Cluster, error) {
	if len(r.names) == 0 {
		return r.kkp.ClustersWith(ctx, r.selector)
	}
	all, err := r.kkp.Clusters(ctx)
	if err != nil {
		return nil, err
	}
	return fleet.FindAll(all, r.names)
}

// pending is what is missing on the clusters that KKP does something on.
func (s *sight) pending() []string {
	missing := []string{}
	for _, cluster := range s.report.Clusters {
		if !cluster.Paused && !cluster.Deleting {
			missing = append(missing, cluster.Pending...)
		}
	}
	return missing
}

// notWaitedFor says what --wait leaves out, which would never settle or cannot
// be seen.
func (s *sight) notWaitedFor() []string {
	warnings := []string{}
	for _, cluster := range s.report.Clusters {
		switch {
		case cluster.Deleting:
			warnings = append(warnings, fmt.Sprintf("cluster %s (%s) is being deleted: not waited for", cluster.ID, cluster.Name))
		case cluster.Paused:
			warnings = append(warnings, fmt.Sprintf("cluster %s (%s) is paused, KKP acts when it is resumed: not waited for", cluster.ID, cluster.Name))
		case cluster.Constraints == nil && cluster.OPA:
			warnings = append(warnings, "constraints cannot be seen: only Gatekeeper's health is waited for")
		}
	}
	return warnings
}

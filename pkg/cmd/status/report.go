package status

import (
	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	reportv1alpha1 "github.com/kubectl-opa/kubectl-opa/pkg/api/report/v1alpha1"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
)

func newReport(edition fleet.Edition) reportv1alpha1.StatusReport {
	report := reportv1alpha1.StatusReport{
		APIVersion: reportv1alpha1.APIVersion, Kind: "StatusReport", Edition: string(edition),
		Unreadable: []string{}, Clusters: []reportv1alpha1.ClusterStatus{},
	}
	if edition == fleet.Unknown {
		report.Unreadable = append(report.Unreadable, kubermaticv1.KubermaticConfigurations.GroupResource().String())
	}
	return report
}

func settingsReport(settings *kubermaticv1.KubermaticSetting) *reportv1alpha1.Settings {
	if settings == nil {
		return nil
	}
	return &reportv1alpha1.Settings{
		OPAEnabled: settings.Spec.OPAOptions.Enabled, OPAEnforced: settings.Spec.OPAOptions.Enforced,
	}
}

func clusterReport(status fleet.Status) reportv1alpha1.ClusterStatus {
	return reportv1alpha1.ClusterStatus{
		ID: status.Cluster, Name: status.Name, Provider: status.Provider, Namespace: status.Namespace,
		OPA: status.OPA, Paused: status.Paused, Deleting: status.Deleting,
		Controller: string(status.Controller), Audit: string(status.Audit),
		Templates:   status.Templates,
		Constraints: (*reportv1alpha1.ConstraintStatus)(status.Constraints),
		Pending:     append([]string{}, status.Settled()...),
	}
}

package status

import (
	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	reportv1alpha1 "github.com/kubectl-opa/kubectl-opa/pkg/api/report/v1alpha1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
)

func newReport(on cli.Platform) reportv1alpha1.StatusReport {
	return reportv1alpha1.StatusReport{
		APIVersion: reportv1alpha1.APIVersion, Kind: "StatusReport", Platform: string(on),
		Unreadable: []string{}, Clusters: []reportv1alpha1.ClusterStatus{},
	}
}

func (s *sight) addEdition(edition fleet.Edition) {
	s.report.Edition = string(edition)
	if edition == fleet.Unknown {
		s.report.Unreadable = append(s.report.Unreadable, kubermaticv1.KubermaticConfigurations.GroupResource().String())
	}
}

func settingsReport(settings *kubermaticv1.KubermaticSetting) *reportv1alpha1.Settings {
	if settings == nil {
		return nil
	}
	return &reportv1alpha1.Settings{
		OPAEnabled: settings.Spec.OPAOptions.Enabled, OPAEnforced: settings.Spec.OPAOptions.Enforced,
	}
}

func clusterReport(status fleet.Status, seed string) reportv1alpha1.ClusterStatus {
	return reportv1alpha1.ClusterStatus{
		KKPStatus: &reportv1alpha1.KKPStatus{
			ID: status.Cluster, Name: status.Name, Seed: seed, Provider: status.Provider, Namespace: status.Namespace,
			OPA: status.OPA, Paused: status.Paused, Deleting: status.Deleting,
			Controller: string(status.Controller), Audit: string(status.Audit),
			Templates:   status.Templates,
			Constraints: (*reportv1alpha1.ConstraintStatus)(status.Constraints),
		},
		Pending: append([]string{}, status.Settled()...),
	}
}

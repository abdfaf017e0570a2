package policy

import (
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
)

// AllClusters is the word for a selector that leaves no user cluster out.
const AllClusters = "all"

// SelectorString says for people which user clusters a selector means.
func SelectorString(selector *kubermaticv1.ClusterSelector) string {
	parts := []string{}
	if selector != nil && len(selector.Providers) > 0 {
		parts = append(parts, strings.Join(selector.Providers, "|"))
	}
	if selector != nil && selector.LabelSelector != nil {
		if labels := metav1.FormatLabelSelector(selector.LabelSelector); labels != "<none>" {
			parts = append(parts, labels)
		}
	}
	if len(parts) == 0 {
		return AllClusters
	}
	return strings.Join(parts, " ")
}

// Selective tells whether a selector leaves user clusters out.
func Selective(selector *kubermaticv1.ClusterSelector) bool {
	return selector != nil && (len(selector.Providers) > 0 || selector.LabelSelector != nil &&
		len(selector.LabelSelector.MatchLabels)+len(selector.LabelSelector.MatchExpressions) > 0)
}

// EmptySelector tells whether a selector, as the API server has it, selects
// every user cluster.
func EmptySelector(selector map[string]any) bool {
	providers, _ := selector["providers"].([]any)
	labels, _ := selector["labelSelector"].(map[string]any)
	return len(providers) == 0 && len(labels) == 0
}

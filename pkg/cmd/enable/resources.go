package enable

import (
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// parseResources reads requests.cpu=100m,limits.memory=1Gi.
func parseResources(flag, text string) (map[string]any, error) {
	const next = "write it as requests.cpu=100m,limits.memory=1Gi"
	parsed := map[string]any{}
	for _, item := range strings.Split(text, ",") {
		path, quantity, found := strings.Cut(item, "=")
		list, name, dotted := strings.Cut(path, ".")
		if !found || !dotted || name == "" || (list != "requests" && list != "limits") {
			return nil, advice.Errorf(next, "cannot read %s %q", flag, item)
		}
		if _, err := resource.ParseQuantity(quantity); err != nil {
			return nil, advice.Errorf(next, "cannot read %s %q: %w", flag, item, err)
		}
		entries, _ := parsed[list].(map[string]any)
		if entries == nil {
			entries = map[string]any{}
			parsed[list] = entries
		}
		entries[name] = quantity
	}
	return parsed, nil
}

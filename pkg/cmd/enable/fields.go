package enable

import (
	"reflect"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// patchOf is the merge patch that sets fields of spec.opaIntegration, nil
// where all of them have their values already.
func patchOf(cluster *unstructured.Unstructured, fields map[string]any) (map[string]any, error) {
	current, _, err := unstructured.NestedMap(cluster.Object, "spec", "opaIntegration")
	if err != nil {
		return nil, err
	}
	if contains(current, fields) {
		return nil, nil
	}
	return map[string]any{"spec": map[string]any{"opaIntegration": fields}}, nil
}

// contains tells whether merging fields into current would change nothing.
func contains(current, fields map[string]any) bool {
	for name, want := range fields {
		have, found := current[name]
		if !found {
			return false
		}
		wantMap, isMap := want.(map[string]any)
		haveMap, alsoMap := have.(map[string]any)
		if isMap && alsoMap {
			if !contains(haveMap, wantMap) {
				return false
			}
			continue
		}
		if !reflect.DeepEqual(have, want) {
			return false
		}
	}
	return true
}

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

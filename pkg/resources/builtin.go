package resources

import (
	_ "embed" // for builtin.json
	"encoding/json"
	"fmt"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// builtInText is generated: make generate.
//
//go:embed builtin.json
var builtInText []byte

// Table is what every API server of one version of Kubernetes serves. It is
// shared: do not change it.
type Table struct {
	// Kubernetes is that version.
	Kubernetes string `json:"kubernetes"`
	// Own are the groups that Kubernetes itself defines, be they served or not.
	Own []string `json:"own"`
	// Versions are in the server's order: the foremost group first, in each
	// group the preferred version first.
	Versions []struct {
		Group     string               `json:"group"`
		Version   string               `json:"version"`
		Resources []metav1.APIResource `json:"resources"`
	} `json:"versions"`
}

// BuiltIn is the table of a stock API server.
var BuiltIn = sync.OnceValues(func() (Table, error) {
	t := Table{}
	if err := json.Unmarshal(builtInText, &t); err != nil {
		return Table{}, fmt.Errorf("reading the built-in table of resources: %w", err)
	}
	return t, nil
})

// Namespaced are the kinds of the table whose objects are in namespaces.
func (t Table) Namespaced() map[schema.GroupKind]bool {
	kinds := map[schema.GroupKind]bool{}
	for _, version := range t.Versions {
		for _, resource := range version.Resources {
			if resource.Namespaced {
				kinds[schema.GroupKind{Group: version.Group, Kind: resource.Kind}] = true
			}
		}
	}
	return kinds
}

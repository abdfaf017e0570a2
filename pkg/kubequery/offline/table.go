package offline

import (
	_ "embed" // for resources.json
	"encoding/json"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// tableText is generated: make generate.
//
//go:embed resources.json
var tableText []byte

// table is what every API server of one version of Kubernetes serves.
type table struct {
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

func readTable() (table, error) {
	t := table{}
	if err := json.Unmarshal(tableText, &t); err != nil {
		return table{}, fmt.Errorf("reading the built-in table of resources: %w", err)
	}
	return t, nil
}

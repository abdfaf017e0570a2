package v1

import (
	"encoding/json"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

// Cloud is a cluster's spec.cloud by key: providerName, dc (the datacenter), and one section that is named after the
// provider. The sections hold credentials and what only KKP needs, so they stay unread.
type Cloud map[string]apiextensionsv1.JSON

// ProviderNames are the names that a provider section of spec.cloud can have, sorted. They are also the names that
// ClusterSelector.Providers takes.
var ProviderNames = []string{
	"alibaba", "anexia", "aws", "azure", "baremetal", "bringyourown", "digitalocean", "edge", "fake", "gcp", "hetzner",
	"kubevirt", "nutanix", "openstack", "vmwareclouddirector", "vsphere",
}

// Provider returns the name of the provider as KKP sees it when it selects clusters: the one section of ProviderNames
// that is set, even if it is empty, else providerName. It is empty where neither is set.
func (c Cloud) Provider() string {
	for _, name := range ProviderNames {
		if c[name].Raw != nil {
			return name
		}
	}
	var name string
	if err := json.Unmarshal(c["providerName"].Raw, &name); err != nil {
		return ""
	}
	return name
}

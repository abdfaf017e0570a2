package resources

import (
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// served is one resource in one version.
type served struct {
	Resource
	singular string
	short    []string
}

// Index is all that a server serves: groups in the server's order of priority,
// in each group its preferred version first.
type Index struct {
	// Own tells which groups Kubernetes itself defines.
	Own func(group string) bool
	// Unasked are API groups that did not answer.
	Unasked []string

	served []served
}

// NewIndex makes an index of what discovery says, in any order.
func NewIndex(own func(group string) bool, groups []*metav1.APIGroup, lists []*metav1.APIResourceList) *Index {
	byVersion := map[string]*metav1.APIResourceList{}
	for _, list := range lists {
		byVersion[list.GroupVersion] = list
	}
	x := &Index{Own: own}
	for _, group := range groups {
		for _, version := range preferredFirst(group) {
			list := byVersion[version.GroupVersion]
			if list == nil {
				continue
			}
			for _, resource := range list.APIResources {
				x.add(group.Name, version.Version, resource)
			}
		}
	}
	return x
}

func preferredFirst(group *metav1.APIGroup) []metav1.GroupVersionForDiscovery {
	versions := []metav1.GroupVersionForDiscovery{}
	for _, version := range group.Versions {
		if version == group.PreferredVersion {
			versions = slices.Insert(versions, 0, version)
		} else {
			versions = append(versions, version)
		}
	}
	return versions
}

// add adds a resource. Subresources are none that can be asked for.
func (x *Index) add(group, version string, r metav1.APIResource) {
	if strings.Contains(r.Name, "/") {
		return
	}
	x.served = append(x.served, served{
		Resource: Resource{Group: group, Version: version, Name: r.Name, Kind: r.Kind, Namespaced: r.Namespaced},
		singular: r.SingularName,
		short:    r.ShortNames,
	})
}

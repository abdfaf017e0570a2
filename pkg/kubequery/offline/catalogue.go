package offline

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/version"

	"github.com/kubectl-opa/kubectl-opa/pkg/resources"
)

// catalogue is what would be served if the manifests were applied.
type catalogue struct {
	table  resources.Table
	kinds  map[schema.GroupKind]*kind
	sorted []*kind // in the order in which they were defined
}

// newCatalogue has what every API server has.
func newCatalogue() (*catalogue, error) {
	t, err := resources.BuiltIn()
	if err != nil {
		return nil, err
	}
	c := &catalogue{table: t, kinds: map[schema.GroupKind]*kind{}}
	for _, version := range t.Versions {
		for _, names := range version.Resources {
			k := c.kinds[schema.GroupKind{Group: version.Group, Kind: names.Kind}]
			if k == nil {
				k = &kind{group: version.Group, names: names, listKind: names.Kind + "List"}
				c.add(k)
			}
			k.versions = append(k.versions, version.Version)
		}
	}
	return c, nil
}

func (c *catalogue) add(k *kind) {
	c.kinds[k.groupKind()] = k
	c.sorted = append(c.sorted, k)
}

// define adds the kind of a CRD.
func (c *catalogue) define(k *kind) error {
	for _, other := range c.sorted {
		if other.groupKind() != k.groupKind() && other.groupResource() != k.groupResource() {
			continue
		}
		definer := "Kubernetes itself"
		if other.origin == custom {
			definer = fmt.Sprintf("the CRD at %s", other.at)
		}
		return fmt.Errorf("%s: the CRD defines %s of kind %s, and so does %s", k.at, k.groupResource(), k.names.Kind, definer)
	}
	c.add(k)
	return nil
}

// of returns the kind of objects. One that is unknown is taken for a custom
// resource, under the plural name if there is one, else under a guessed name,
// and a version that Kubernetes has no longer, or only where it is switched on,
// for one that is served where the objects come from. Of a CRD's kind only what
// the CRD says is served.
func (c *catalogue) of(gvk schema.GroupVersionKind, plural string) *kind {
	k := c.kinds[gvk.GroupKind()]
	if k == nil {
		if plural == "" {
			guess, _ := meta.UnsafeGuessKindToResource(gvk)
			plural = guess.Resource
		}
		k = &kind{origin: guessed, group: gvk.Group, listKind: gvk.Kind + "List", names: metav1.APIResource{
			Name: plural, SingularName: strings.ToLower(gvk.Kind), Kind: gvk.Kind, Verbs: metav1.Verbs{"get", "list"},
		}}
		c.add(k)
	}
	if k.origin != custom && !k.serves(gvk.Version) {
		k.versions = append(k.versions, gvk.Version)
	}
	return k
}

// own tells whether Kubernetes itself defines a group.
func (c *catalogue) own(group string) bool { return slices.Contains(c.table.Own, group) }

// index is what words can mean.
func (c *catalogue) index() *resources.Index {
	groups := []*metav1.APIGroup{}
	lists := []*metav1.APIResourceList{}
	for _, name := range c.groups() {
		group := &metav1.APIGroup{Name: name}
		for _, version := range c.versions(name) {
			gv := schema.GroupVersion{Group: name, Version: version}
			group.Versions = append(group.Versions, metav1.GroupVersionForDiscovery{GroupVersion: gv.String(), Version: version})
			lists = append(lists, &metav1.APIResourceList{GroupVersion: gv.String(), APIResources: c.served(gv)})
		}
		group.PreferredVersion = group.Versions[0]
		groups = append(groups, group)
	}
	return resources.NewIndex(c.own, groups, lists)
}

// groups are the groups of the table in its order, then the others.
func (c *catalogue) groups() []string {
	known, others := []string{}, []string{}
	for _, version := range c.table.Versions {
		known = append(known, version.Group)
	}
	known = slices.Compact(known)
	for _, k := range c.sorted {
		if len(k.versions) > 0 && !slices.Contains(known, k.group) {
			others = append(others, k.group)
		}
	}
	slices.Sort(others)
	return append(known, slices.Compact(others)...)
}

// versions are the versions of a group, the preferred one first: those of the
// table in its order, then the others as the API server orders those of CRDs.
func (c *catalogue) versions(group string) []string {
	known, others := []string{}, []string{}
	for _, each := range c.table.Versions {
		if each.Group == group {
			known = append(known, each.Version)
		}
	}
	for _, k := range c.sorted {
		for _, each := range k.versions {
			if k.group == group && !slices.Contains(known, each) && !slices.Contains(others, each) {
				others = append(others, each)
			}
		}
	}
	slices.SortFunc(others, func(a, b string) int { return version.CompareKubeAwareVersionStrings(b, a) })
	return append(known, others...)
}

// served are the resources of one version.
func (c *catalogue) served(gv schema.GroupVersion) []metav1.APIResource {
	all := []metav1.APIResource{}
	for _, k := range c.sorted {
		if k.group == gv.Group && k.serves(gv.Version) {
			all = append(all, k.names)
		}
	}
	return all
}

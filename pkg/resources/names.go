package resources

import "slices"

// Names are what a word can call a resource, beside its kind.
type Names struct {
	Resource Resource
	// Singular is "" where discovery has none.
	Singular string
	Short    []string
}

// Names returns all resources of the index in its order: groups by priority, in
// each group the preferred version first.
func (x *Index) Names() []Names {
	all := make([]Names, 0, len(x.served))
	for _, each := range x.served {
		all = append(all, Names{Resource: each.Resource, Singular: each.singular, Short: slices.Clone(each.short)})
	}
	return all
}

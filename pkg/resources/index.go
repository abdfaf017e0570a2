package resources

import (
	"errors"
	"slices"
	"strings"
)

// Resolve finds the resource that a word means, by these rules:
//
//  1. "name.version.group" is that version of that group; else "name.group" is
//     that group, or as in kubectl one whose name begins so; else "name" may be
//     in any group.
//  2. The name is a plural or singular name, else a short name, else a kind.
//     Upper and lower case are the same.
//  3. Where several groups have it, the core group wins ("pods", though
//     metrics.k8s.io serves pods too; "events"), else a group that Kubernetes
//     itself defines (networkpolicies are those of networking.k8s.io, whatever
//     a network plugin adds); of several such groups the server's first. Groups
//     of custom resources and of aggregated APIs have no claim over each other:
//     the word is ambiguous. kubectl would silently take the one that comes
//     first, which can change with whatever is installed next.
//  4. The version is the one that the server prefers, of those that have it.
//
// The error is an *UnknownError or an *AmbiguousError.
func (x *Index) Resolve(word string) (Resource, error) {
	resource, err := x.resolve(word)
	var unknown *UnknownError
	if errors.As(err, &unknown) {
		unknown.Nearest = x.nearest(word)
	}
	return resource, err
}

// resolve is Resolve without suggestions.
func (x *Index) resolve(word string) (Resource, error) {
	found := x.find(strings.ToLower(word))
	groups := []string{}
	for _, each := range found {
		if !slices.Contains(groups, each.Group) {
			groups = append(groups, each.Group)
		}
	}
	if len(groups) == 0 {
		return Resource{}, &UnknownError{Word: word, Unasked: x.Unasked}
	}
	group, ok := x.foremost(groups)
	if !ok {
		return Resource{}, &AmbiguousError{Word: word, Candidates: names(found)}
	}
	candidates := slices.DeleteFunc(found, func(s served) bool { return s.Group != group })
	// One group can have two resources of one kind, and one of two versions.
	if all := names(candidates); len(all) > 1 {
		return Resource{}, &AmbiguousError{Word: word, Candidates: all}
	}
	return candidates[0].Resource, nil
}

// foremost is the group that has the best claim, if there is one.
func (x *Index) foremost(groups []string) (string, bool) {
	switch {
	case len(groups) == 1:
		return groups[0], true
	case slices.Contains(groups, ""):
		return "", true
	}
	for _, group := range groups {
		if x.Own(group) {
			return group, true
		}
	}
	return "", false
}

// find returns what matches a lower-case word, in the order of the index.
func (x *Index) find(word string) []served {
	name, rest, qualified := strings.Cut(word, ".")
	if !qualified {
		return x.named(name, func(served) bool { return true })
	}
	if version, group, ok := strings.Cut(rest, "."); ok {
		if found := x.named(name, func(s served) bool { return s.Version == version && s.Group == group }); len(found) > 0 {
			return found
		}
	}
	if found := x.named(name, func(s served) bool { return s.Group == rest }); len(found) > 0 {
		return found
	}
	return x.named(name, func(s served) bool { return rest != "" && strings.HasPrefix(s.Group, rest) })
}

// named returns what a lower-case name means among the resources that pass.
func (x *Index) named(name string, passes func(served) bool) []served {
	for _, matches := range []func(served) bool{
		func(s served) bool { return s.Name == name || s.singular == name },
		func(s served) bool { return slices.Contains(s.short, name) },
		func(s served) bool { return strings.ToLower(s.Kind) == name },
	} {
		found := []served{}
		for _, each := range x.served {
			if passes(each) && matches(each) {
				found = append(found, each)
			}
		}
		if name != "" && len(found) > 0 {
			return found
		}
	}
	return nil
}

// names are the unambiguous names of resources, each once.
func names(resources []served) []string {
	all := []string{}
	for _, each := range resources {
		all = append(all, each.String())
	}
	return slices.Compact(slices.Sorted(slices.Values(all)))
}

// nearest suggests names for a word that means nothing: those of the same name
// in other groups, else similar ones.
func (x *Index) nearest(word string) []string {
	name, _, qualified := strings.Cut(strings.ToLower(word), ".")
	if qualified {
		if same := names(x.find(name)); len(same) > 0 {
			return same
		}
	}
	plural := []string{}
	for _, each := range x.served {
		plural = append(plural, each.Name)
	}
	nearest := []string{}
	for _, near := range Nearest(name, plural) {
		if resource, err := x.resolve(near); err == nil {
			nearest = append(nearest, resource.String())
		} else {
			nearest = append(nearest, names(x.find(near))...)
		}
	}
	return nearest
}

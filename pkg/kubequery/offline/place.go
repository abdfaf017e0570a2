package offline

import (
	"cmp"
	"slices"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// defaultNamespace is where kubectl puts what names no namespace.
const defaultNamespace = "default"

// sorted is an object of which the kind is known.
type sorted struct {
	found
	kind            *kind
	version         string
	namespace, name string
}

// place gives each object to its kind, and returns how many there are. What no
// server keeps, such as a SubjectAccessReview, is left out: nobody can ask for it.
func place(catalogue *catalogue, all []found) (int, error) {
	objects := []sorted{}
	for _, f := range all {
		object, err := sort(catalogue, f)
		if err != nil {
			return 0, err
		}
		if !object.kind.can("list") {
			continue
		}
		if object.namespace, object.name, err = f.identity(); err != nil {
			return 0, err
		}
		if object.kind.origin == guessed && object.namespace != "" {
			object.kind.names.Namespaced = true
		}
		objects = append(objects, object)
	}
	for _, o := range objects {
		if err := o.add(); err != nil {
			return 0, err
		}
	}
	for _, k := range catalogue.sorted {
		slices.SortFunc(k.objects, func(a, b *object) int { return cmp.Compare(a.key, b.key) })
		if err := twice(k.objects); err != nil {
			return 0, err
		}
	}
	return len(objects), nil
}

// sort finds the kind of an object.
func sort(catalogue *catalogue, f found) (sorted, error) {
	if err := f.complete(); err != nil {
		return sorted{}, err
	}
	gvk, err := f.groupVersionKind()
	if err != nil {
		return sorted{}, err
	}
	k := catalogue.of(gvk, f.plural())
	if k.origin == guessed && f.branch != nil && f.branch.namespace != "" {
		k.names.Namespaced = true
	}
	return sorted{found: f, kind: k, version: gvk.Version}, f.fits(k)
}

// add gives an object to its kind.
func (s sorted) add() error {
	switch {
	case s.kind.names.Namespaced && s.namespace == "":
		s.namespace = defaultNamespace
		metadata, err := s.metadata()
		if err != nil {
			return err
		}
		metadata["namespace"] = defaultNamespace
	case !s.kind.names.Namespaced && s.namespace != "":
		return advice.Wrap(s.wrong("has the namespace %q, and %s are cluster-scoped", s.namespace, s.kind.groupResource()),
			"leave metadata.namespace out")
	}
	set, err := s.labels()
	if err != nil {
		return err
	}
	key := s.name
	if s.kind.names.Namespaced {
		key = s.namespace + "/" + s.name
	}
	s.kind.objects = append(s.kind.objects, &object{key: key, version: s.version, labels: set, value: s.value, at: s.at})
	if s.kind.written == nil {
		s.kind.written = map[string]bool{}
	}
	s.kind.written[s.version] = true
	return nil
}

// twice finds two of sorted objects that have the same identity.
func twice(objects []*object) error {
	for i := 1; i < len(objects); i++ {
		first, second := objects[i-1], objects[i]
		if first.key == second.key {
			if cmp.Or(cmp.Compare(first.at.File, second.at.File), first.at.Line-second.at.Line) > 0 {
				first, second = second, first
			}
			f := found{value: second.value, at: second.at}
			return advice.Wrap(f.wrong("is there already, at %s", first.at), "leave one of the two out")
		}
	}
	return nil
}

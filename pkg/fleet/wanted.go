package fleet

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
)

// wanted is a seed in the form in which its clusters are judged.
type wanted struct {
	// defaults are sorted by name.
	defaults []defaultConstraint
	// broken are Default Constraints that nobody can tell the clusters of.
	broken    map[string]bool
	templates []selector
	// kinds are made by some template; nil where templates are unknown.
	kinds map[string]bool
	// constraints are by namespace, those of a cluster sorted by name; nil where
	// they are unknown.
	constraints map[string][]*kubermaticv1.Constraint
}

type defaultConstraint struct {
	name     string
	spec     kubermaticv1.ConstraintSpec
	selector selector
}

// newWanted takes what is being deleted for gone already.
func newWanted(seed Seed) (*wanted, error) {
	w := &wanted{broken: map[string]bool{}}
	return w, errors.Join(w.addTemplates(seed), w.addConstraints(seed))
}

func (w *wanted) addTemplates(seed Seed) error {
	if seed.Templates == nil {
		return nil
	}
	w.kinds = map[string]bool{}
	problems := []error{}
	for i := range seed.Templates {
		template := &seed.Templates[i]
		if template.DeletionTimestamp != nil {
			continue
		}
		w.kinds[template.Spec.CRD.Spec.Names.Kind] = true
		selector, err := newSelector(template.Spec.Selector, seed.Edition)
		if err != nil {
			problems = append(problems, fmt.Errorf("template %q: %w", template.Name, err))
			continue
		}
		w.templates = append(w.templates, selector)
	}
	return errors.Join(problems...)
}

func (w *wanted) addConstraints(seed Seed) error {
	if seed.Constraints == nil {
		return nil
	}
	w.constraints = map[string][]*kubermaticv1.Constraint{}
	problems := []error{}
	for i := range seed.Constraints {
		constraint := &seed.Constraints[i]
		if constraint.Namespace != kubermaticv1.Namespace {
			w.constraints[constraint.Namespace] = append(w.constraints[constraint.Namespace], constraint)
			continue
		}
		if constraint.DeletionTimestamp != nil {
			continue
		}
		selector, err := newSelector(constraint.Spec.Selector, seed.Edition)
		if err != nil {
			problems = append(problems, fmt.Errorf("default constraint %q: %w", constraint.Name, err))
			w.broken[constraint.Name] = true
			continue
		}
		w.defaults = append(w.defaults, defaultConstraint{constraint.Name, constraint.Spec, selector})
	}
	slices.SortFunc(w.defaults, func(a, b defaultConstraint) int { return cmp.Compare(a.name, b.name) })
	for _, constraints := range w.constraints {
		slices.SortFunc(constraints, func(a, b *kubermaticv1.Constraint) int { return cmp.Compare(a.Name, b.Name) })
	}
	return errors.Join(problems...)
}

package fleet

import (
	"slices"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// judge sorts out the constraints of one cluster.
func (w *wanted) judge(cluster *kubermaticv1.Cluster) *Constraints {
	found, copies := w.take(cluster.Status.NamespaceName)
	acts := State(cluster) == Reached
	for _, wanted := range w.defaults {
		if wanted.selector.filter(cluster) == Reached {
			list := found.listFor(wanted, copies[wanted.name], acts)
			*list = append(*list, wanted.name)
			delete(copies, wanted.name)
		}
	}
	for name := range copies {
		if !w.broken[name] {
			found.Zombies = append(found.Zombies, name)
		}
	}
	slices.Sort(found.Zombies)
	return found
}

// listFor is the list that a Default Constraint belongs in. Its copy is nil
// where there is none; acts tells whether KKP does something on the cluster.
func (c *Constraints) listFor(wanted defaultConstraint, copied *kubermaticv1.Constraint, acts bool) *[]string {
	switch {
	case slices.Contains(c.Own, wanted.name):
		return &c.Shadowed
	case copied != nil && wanted.equals(copied):
		return &c.InSync
	case !acts:
		return &c.Waiting
	case copied != nil:
		return &c.Drifted
	}
	return &c.Missing
}

// equals leaves the selector out: it has done its work by then, and does
// nothing on a user cluster.
func (d defaultConstraint) equals(copied *kubermaticv1.Constraint) bool {
	want, have := d.spec, copied.Spec
	want.Selector, have.Selector = nil, nil
	return copied.Labels[kubermaticv1.DefaultLabel] == d.name && policy.EqualSpec(want, have)
}

// take finds what is in a cluster's namespace: by itself, and the copies of
// Default Constraints by name.
func (w *wanted) take(namespace string) (*Constraints, map[string]*kubermaticv1.Constraint) {
	found := &Constraints{
		InSync: []string{}, Drifted: []string{}, Missing: []string{}, Waiting: []string{}, Shadowed: []string{},
		Zombies: []string{}, Own: []string{}, Deleting: []string{},
	}
	if w.kinds != nil {
		found.NoTemplate = []string{}
	}
	copies := map[string]*kubermaticv1.Constraint{}
	for _, constraint := range w.constraints[namespace] {
		if w.kinds != nil && !w.kinds[constraint.Spec.ConstraintType] {
			found.NoTemplate = append(found.NoTemplate, constraint.Name)
		}
		switch {
		case constraint.DeletionTimestamp != nil:
			found.Deleting = append(found.Deleting, constraint.Name)
		case IsCopy(constraint):
			copies[constraint.Name] = constraint
		default:
			found.Own = append(found.Own, constraint.Name)
		}
	}
	return found, copies
}

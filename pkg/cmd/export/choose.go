package export

import (
	"fmt"
	"slices"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// choice is which policies are exported, and to where.
type choice struct {
	templates   []*kubermaticv1.ConstraintTemplate
	constraints []placed
	warnings    []string
}

// placed is a constraint and the folder that it goes to.
type placed struct {
	*kubermaticv1.Constraint
	folder, note string
}

func (c *choice) warn(format string, args ...any) {
	c.warnings = append(c.warnings, fmt.Sprintf(format, args...))
}

// chooseAll takes everything, except copies of Default Constraints: they come
// from those.
func chooseAll(s stock) choice {
	c := choice{}
	for i := range s.templates {
		c.templates = append(c.templates, &s.templates[i])
	}
	defaults, own, copies := s.split()
	for _, constraint := range defaults {
		note := ""
		if policy.Selective(constraint.Spec.Selector) && s.edition != fleet.Community {
			note = "for " + policy.SelectorString(constraint.Spec.Selector)
		}
		c.constraints = append(c.constraints, placed{constraint, "defaults", note})
	}
	folders := map[string]string{}
	for i := range s.clusters {
		folders[s.clusters[i].Status.NamespaceName] = "clusters/" + s.clusters[i].Name
	}
	for _, constraint := range own {
		folder, known := folders[constraint.Namespace]
		if !known {
			folder = "namespaces/" + constraint.Namespace
			folders[constraint.Namespace] = folder
			if !s.unseen {
				c.warn("namespace %s belongs to no user cluster that is known here: its constraints go to %s", constraint.Namespace, folder)
			}
		}
		c.constraints = append(c.constraints, placed{constraint, folder, ""})
	}
	c.noteCopies(copies, defaults)
	return c
}

// chooseFor takes what one user cluster gets: the templates and Default
// Constraints that select it, and its own constraints. Whether OPA is on and
// KKP acts on the cluster now does not count: it is what KKP would bring there.
func chooseFor(s stock, cluster *kubermaticv1.Cluster) (choice, error) {
	const folder = "constraints"
	c := choice{}
	if state := fleet.State(cluster); state != fleet.Reached {
		c.warn("KKP brings nothing to user cluster %s now (%s): this is what it would get", cluster.Name, state)
	}
	for i := range s.templates {
		selected, err := fleet.Selects(s.templates[i].Spec.Selector, cluster, s.edition)
		if err != nil {
			return c, fmt.Errorf("template %q: %w", s.templates[i].Name, err)
		}
		if selected {
			c.templates = append(c.templates, &s.templates[i])
		}
	}
	defaults, own, copies := s.split()
	chosen := []*kubermaticv1.Constraint{}
	for _, constraint := range defaults {
		selected, err := fleet.Selects(constraint.Spec.Selector, cluster, s.edition)
		if err != nil {
			return c, fmt.Errorf("default %q: %w", constraint.Name, err)
		}
		if selected {
			chosen = append(chosen, constraint)
			c.constraints = append(c.constraints, placed{constraint, folder, "Default Constraint"})
		}
	}
	for _, constraint := range in(cluster, own) {
		if isNamed(chosen, constraint.Name) {
			c.warn("constraint %q of the user cluster is left out: KKP puts the Default Constraint of that name in its place", constraint.Name)
			continue
		}
		c.constraints = append(c.constraints, placed{constraint, folder, ""})
	}
	c.noteCopies(in(cluster, copies), chosen)
	return c, nil
}

// noteCopies warns of copies of Default Constraints that are not exported
// themselves: KKP leaves them behind on clusters where OPA was off, and
// enforces them when it is on again.
func (c *choice) noteCopies(copies, exported []*kubermaticv1.Constraint) {
	for _, constraint := range copies {
		if name := constraint.Labels[kubermaticv1.DefaultLabel]; !isNamed(exported, name) {
			c.warn("constraint %q in namespace %s is left out: it is a copy of Default Constraint %q, which is gone or for other clusters, "+
				"yet KKP enforces the copy where OPA is on", constraint.Name, constraint.Namespace, name)
		}
	}
}

// split tells Default Constraints, constraints of user clusters, and the
// copies that KKP makes of the former among the latter.
func (s stock) split() (defaults, own, copies []*kubermaticv1.Constraint) {
	for i := range s.constraints {
		constraint := &s.constraints[i]
		switch {
		case constraint.Namespace == kubermaticv1.Namespace:
			defaults = append(defaults, constraint)
		case fleet.IsCopy(constraint):
			copies = append(copies, constraint)
		default:
			own = append(own, constraint)
		}
	}
	return defaults, own, copies
}

// in are the constraints in a user cluster's namespace.
func in(cluster *kubermaticv1.Cluster, constraints []*kubermaticv1.Constraint) []*kubermaticv1.Constraint {
	found := []*kubermaticv1.Constraint{}
	for _, constraint := range constraints {
		if constraint.Namespace == cluster.Status.NamespaceName {
			found = append(found, constraint)
		}
	}
	return found
}

func isNamed(constraints []*kubermaticv1.Constraint, name string) bool {
	return slices.ContainsFunc(constraints, func(c *kubermaticv1.Constraint) bool { return c.Name == name })
}

package enable

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// found is what a cluster that was read loses: what KKP brings back by itself,
// and what it does not.
func (c *change) found(one contents, seed fleet.Seed) []string {
	kept, lost := split(one, seed)
	if len(kept)+len(lost) == 0 {
		return []string{"  no policies: there are none"}
	}
	lines := indent(kept, "  ")
	if len(lost) > 0 {
		fate := "  made by hand, lost unless backed up (--backup):"
		if c.backup != "" {
			fate = "  made by hand, and then in the backup alone:"
		}
		lines = append(lines, fate)
	}
	return append(lines, indent(lost, "    ")...)
}

// split tells what KKP brings back from what nobody does. Which objects KKP
// has made, only their kinds and names tell; where its own objects could not
// be read, nothing counts as KKP's.
func split(one contents, seed fleet.Seed) (kept, lost []string) {
	templates, constraints, others := sorted(one.objects)
	compared := fleet.Compare(&one.cluster.Cluster, seed, templates, constraints)
	for _, kind := range []struct {
		noun    string
		origin  *fleet.Origin
		objects []*unstructured.Unstructured
		name    func(*unstructured.Unstructured) string
	}{
		{"template ", compared.Templates, templates, (*unstructured.Unstructured).GetName},
		{"constraint ", compared.Constraints, constraints, fleet.ConstraintName},
	} {
		for _, object := range kind.objects {
			line := kind.noun + kind.name(object)
			switch {
			case kind.origin == nil:
				lost = append(lost, line)
			case slices.Contains(kind.origin.InSync, kind.name(object)):
				kept = append(kept, line)
			case slices.Contains(kind.origin.Drifted, kind.name(object)):
				kept = append(kept, line+" (changed here: KKP brings back its own)")
			case slices.Contains(kind.origin.Leftover, kind.name(object)):
				lost = append(lost, line+" (KKP made it, and does not want it here any more)")
			default:
				lost = append(lost, line)
			}
		}
	}
	for _, object := range others {
		lost = append(lost, strings.ToLower(object.GetKind())+" "+strings.TrimPrefix(object.GetNamespace()+"/"+object.GetName(), "/"))
	}
	return kept, lost
}

// sorted tells templates, constraints and all others apart.
func sorted(objects []*unstructured.Unstructured) (templates, constraints, others []*unstructured.Unstructured) {
	for _, object := range objects {
		switch object.GroupVersionKind().Group {
		case policy.TemplatesGroup:
			templates = append(templates, object)
		case policy.ConstraintsGroup:
			constraints = append(constraints, object)
		default:
			others = append(others, object)
		}
	}
	return templates, constraints, others
}

func indent(lines []string, by string) []string {
	indented := make([]string, len(lines))
	for i, line := range lines {
		indented[i] = by + line
	}
	return indented
}

package fleet

import kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"

// Why a Default Constraint that gets to a cluster is not enforced there: KKP
// fails to write it, and tells nobody.
const (
	NoTemplate        Reach = "no template makes its kind"
	TemplateElsewhere Reach = "its template is not for this cluster"
)

// MindTemplate changes the targets that are reached though the constraint's
// template is not there. A template that once was for the cluster may still be
// there: KKP does not take it away. The error says what is wrong with the
// template's selector.
func MindTemplate(targets []Target, kind string, templates []kubermaticv1.ConstraintTemplate, clusters []kubermaticv1.Cluster, edition Edition) error {
	var template *kubermaticv1.ConstraintTemplate
	for i := range templates {
		if templates[i].Spec.CRD.Spec.Names.Kind == kind {
			template = &templates[i]
		}
	}
	byID := map[string]*kubermaticv1.Cluster{}
	for i := range clusters {
		byID[clusters[i].Name] = &clusters[i]
	}
	for i := range targets {
		if targets[i].Reach != Reached {
			continue
		}
		if template == nil {
			targets[i].Reach = NoTemplate
			continue
		}
		selected, err := Selects(template.Spec.Selector, byID[targets[i].Cluster], edition)
		if err != nil {
			return err
		}
		if !selected {
			targets[i].Reach = TemplateElsewhere
		}
	}
	return nil
}

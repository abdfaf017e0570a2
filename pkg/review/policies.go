package review

import (
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/engine"
	"github.com/kubectl-opa/kubectl-opa/pkg/imagepolicy"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// policies are the policies of the input as Gatekeeper's own objects.
type policies struct {
	byRole map[engine.Role][]enforced
	// disabled are constraints of KKP that it writes to no cluster.
	disabled []manifest.Document
	// registries are KKP's AllowedRegistries, which become one constraint.
	registries []manifest.Document
	prefixes   []string
	// replaced is told of what stands in the input again.
	replaced func(at manifest.Position, why string)
}

// enforced is what is enforced of a document.
type enforced struct {
	document manifest.Document
	object   *unstructured.Unstructured
}

// ofKKP tells whether an object is one that KKP makes policies of.
func ofKKP(object *unstructured.Unstructured) bool {
	if object.GroupVersionKind().Group != kubermaticv1.GroupVersion.Group {
		return false
	}
	switch object.GetKind() {
	case kubermaticv1.KindConstraintTemplate, kubermaticv1.KindConstraint, kubermaticv1.KindAllowedRegistry:
		return true
	}
	return false
}

func (p *policies) count(role engine.Role) int { return len(p.byRole[role]) }

// add adds what is enforced of a document. As in a cluster to which all of it is
// applied, the last one of a kind and name counts.
func (p *policies) add(role engine.Role, document manifest.Document, object *unstructured.Unstructured) {
	if p.byRole == nil {
		p.byRole = map[engine.Role][]enforced{}
	}
	same := func(other enforced) bool {
		return other.object.GetKind() == object.GetKind() && other.object.GetName() == object.GetName()
	}
	if i := slices.IndexFunc(p.byRole[role], same); i >= 0 {
		p.replaced(p.byRole[role][i].document.Position, document.Name()+" stands at "+document.String()+", too, which counts")
		p.byRole[role] = slices.Delete(p.byRole[role], i, i+1)
	}
	p.byRole[role] = append(p.byRole[role], enforced{document, object})
}

// take takes up a policy.
func (p *policies) take(document manifest.Document) error {
	object := document.Object()
	if role := engine.RoleOf(object); role != engine.Plain {
		p.add(role, document, object)
		return nil
	}
	if err := p.takeKKP(document); err != nil {
		return &PolicyError{document, err}
	}
	return nil
}

// takeKKP takes up a policy of KKP as it comes to a user cluster. Selectors
// that are empty are left out, as KKP's constraints have them always: they match
// everything in a cluster, and nothing where the Namespace is not known.
func (p *policies) takeKKP(document manifest.Document) error {
	object := document.Object()
	switch object.GetKind() {
	case kubermaticv1.KindConstraintTemplate:
		template, _, err := policy.ReadTemplate(object)
		if err != nil {
			return err
		}
		written, err := policy.GatekeeperTemplate(template)
		if err == nil {
			p.add(engine.Template, document, written)
		}
		return err
	case kubermaticv1.KindConstraint:
		constraint, _, err := policy.ReadConstraint(object)
		switch {
		case err != nil:
			return err
		case constraint.Spec.Disabled:
			p.disabled = append(p.disabled, document)
			return nil
		}
		return p.addKKP(document, constraint)
	default:
		registry, err := policy.ReadRegistry(object)
		if err == nil {
			p.registries = append(p.registries, document)
			p.prefixes = append(p.prefixes, registry.Spec.RegistryPrefix)
		}
		return err
	}
}

func (p *policies) addKKP(document manifest.Document, constraint *kubermaticv1.Constraint) error {
	written, err := policy.ExportConstraint(constraint)
	if err == nil {
		p.add(engine.Constraint, document, written)
	}
	return err
}

// finish makes the template and the constraint that KKP makes of all
// AllowedRegistries.
func (p *policies) finish() error {
	if len(p.registries) == 0 {
		return nil
	}
	document := p.registries[0]
	template, err := policy.GatekeeperTemplate(imagepolicy.KKPTemplate())
	if err == nil {
		p.add(engine.Template, document, template)
		err = p.addKKP(document, imagepolicy.KKPConstraint(p.prefixes, nil))
	}
	if err != nil {
		return &PolicyError{document, err}
	}
	return nil
}

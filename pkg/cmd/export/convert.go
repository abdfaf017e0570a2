package export

import (
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/imagepolicy"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// converted are documents as KKP's objects, by kind.
type converted struct {
	// namespace is that of constraints that name none; empty for Default
	// Constraints.
	namespace string

	templates, registries, defaults, constraints []manifest.Document
}

// add turns one document into KKP's objects. Those that are KKP's already stay
// as they are.
func (c *converted) add(document manifest.Document) ([]policy.Note, error) {
	gvk := document.Object().GroupVersionKind()
	switch {
	case gvk.Group == policy.TemplatesGroup && gvk.Kind == kubermaticv1.KindConstraintTemplate:
		return c.addTemplate(document)
	case gvk.Group == policy.ConstraintsGroup:
		return c.addConstraint(document)
	case gvk.Group == kubermaticv1.GroupVersion.Group && gvk.Kind == kubermaticv1.KindConstraintTemplate:
		c.templates = append(c.templates, document)
		return nil, nil
	case gvk.Group == kubermaticv1.GroupVersion.Group && gvk.Kind == kubermaticv1.KindAllowedRegistry:
		c.registries = append(c.registries, document)
		return nil, nil
	case gvk.Group == kubermaticv1.GroupVersion.Group && gvk.Kind == kubermaticv1.KindConstraint:
		c.place(document, document)
		return nil, nil
	}
	return nil, &policy.FieldError{Path: []any{"kind"}, Problem: fmt.Sprintf(
		"%s of %q is no template, constraint or AllowedRegistry", orNone(gvk.Kind), document.Object().GetAPIVersion())}
}

func orNone(kind string) string {
	if kind == "" {
		return "an object without kind"
	}
	return kind
}

func (c *converted) addTemplate(document manifest.Document) ([]policy.Note, error) {
	template, notes, err := policy.ImportTemplate(document.Object())
	if err != nil {
		return nil, err
	}
	result, err := policy.TemplateObject(template)
	if err != nil {
		return nil, err
	}
	c.templates = append(c.templates, document.Converted(result.Object))
	return notes, nil
}

// addConstraint also brings the AllowedRegistries back of which the constraint
// was made.
func (c *converted) addConstraint(document manifest.Document) ([]policy.Note, error) {
	constraint, notes, err := policy.ImportConstraint(c.located(document.Object()))
	if err != nil {
		return nil, err
	}
	switch {
	case document.Disabled():
		constraint.Spec.Disabled = true
	case constraint.Spec.Disabled:
		notes = append(notes, policy.Note{Path: []any{"metadata", "annotations", policy.AnnotationDisabled},
			Text: "the constraint stays disabled; take the annotation away to have it enforced"})
	}
	result, err := policy.ConstraintObject(constraint)
	if err != nil {
		return nil, err
	}
	registries, err := imagepolicy.ImportRegistries(document.Object())
	if err != nil {
		return nil, err
	}
	for _, registry := range registries {
		made, err := policy.RegistryObject(registry)
		if err != nil {
			return nil, err
		}
		c.registries = append(c.registries, document.Converted(made.Object))
	}
	c.place(document, document.Converted(result.Object))
	return notes, nil
}

// located names the user cluster's namespace where a constraint names none.
func (c *converted) located(constraint *unstructured.Unstructured) *unstructured.Unstructured {
	if _, told := constraint.GetAnnotations()[policy.AnnotationNamespace]; told || c.namespace == "" {
		return constraint
	}
	constraint = constraint.DeepCopy()
	annotations := constraint.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[policy.AnnotationNamespace] = c.namespace
	constraint.SetAnnotations(annotations)
	return constraint
}

// place decides whether a constraint is a default or one of a user cluster.
func (c *converted) place(from, document manifest.Document) {
	object := &unstructured.Unstructured{Object: document.Value}
	if object.GetNamespace() == "" && c.namespace != "" {
		object = object.DeepCopy()
		object.SetNamespace(c.namespace)
		document = from.Converted(object.Object)
	}
	if namespace := object.GetNamespace(); namespace == "" || namespace == kubermaticv1.Namespace {
		c.defaults = append(c.defaults, document)
		return
	}
	c.constraints = append(c.constraints, document)
}

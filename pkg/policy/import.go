package policy

import (
	"errors"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
)

// ImportTemplate is KKP's template of a Gatekeeper template: of an exported
// one exactly the wrapper that was exported, of any other one what KKP can
// hold. The notes say what does not travel, what was decided. It does not
// Complete the template.
func ImportTemplate(object *unstructured.Unstructured) (*kubermaticv1.ConstraintTemplate, []Note, error) {
	gvk := object.GroupVersionKind()
	if gvk.Group != TemplatesGroup {
		return nil, nil, wrongKind(object, "a ConstraintTemplate of "+TemplatesGroup)
	}
	bare, own, err := takeAnnotations(object)
	if err != nil {
		return nil, nil, err
	}
	template, notes, err := ReadTemplate(bare)
	if err != nil {
		return nil, nil, err
	}
	if template.Spec.Selector != nil {
		return nil, nil, &FieldError{Path: []any{"spec", "selector"},
			Problem: "unknown field: Gatekeeper has none, write the annotation " + AnnotationSelector}
	}
	template.TypeMeta = metav1.TypeMeta{}
	notes = append(notes, legacyDefault(template, gvk.Version)...)
	template.Spec.Selector, err = importedSelector(own)
	return template, append(notes, strangers(own, AnnotationSelector, AnnotationFlavor)...), err
}

// legacyDefault spells out what is the default in Gatekeeper's old APIs and
// not in v1, which KKP writes.
func legacyDefault(template *kubermaticv1.ConstraintTemplate, version string) []Note {
	validation := &template.Spec.CRD.Spec.Validation
	if version == "v1" || (*validation != nil && (*validation).LegacySchema != nil) {
		return nil
	}
	if *validation == nil {
		*validation = &kubermaticv1.Validation{}
	}
	legacy := true
	(*validation).LegacySchema = &legacy
	return []Note{{[]any{"spec", "crd", "spec", "validation"},
		"legacySchema: true was added: it is the default of " + TemplatesGroup + "/" + version + ", and KKP writes v1"}}
}

// ImportConstraint is KKP's Constraint of a Gatekeeper constraint: of an
// exported one exactly the wrapper that was exported, with whatever was edited
// since; of any other one what KKP can hold. One that says more is refused.
// The namespace is empty where no annotation tells it.
func ImportConstraint(object *unstructured.Unstructured) (*kubermaticv1.Constraint, []Note, error) {
	if object.GroupVersionKind().Group != ConstraintsGroup {
		return nil, nil, wrongKind(object, "a constraint of "+ConstraintsGroup)
	}
	bare, own, err := takeAnnotations(object)
	if err != nil {
		return nil, nil, err
	}
	if err := refuseWrapperFields(bare); err != nil {
		return nil, nil, err
	}
	constraint, notes, err := ReadConstraint(bare)
	if err != nil {
		return nil, nil, err
	}
	constraint.TypeMeta = metav1.TypeMeta{}
	notes = append(notes, strangers(own, AnnotationNamespace, AnnotationSelector, AnnotationDisabled,
		AnnotationParameters, AnnotationEmptySelectors, AnnotationRegistries)...)
	located, err := importNamespace(constraint, own)
	folded, wrong := importParameters(constraint, own)
	var selector error
	constraint.Spec.Selector, selector = importedSelector(own)
	err = errors.Join(err, wrong, selector, importDisabled(constraint, own), importEmptySelectors(constraint, own))
	return constraint, append(append(notes, located...), folded...), err
}

// refuseWrapperFields finds KKP's fields in a Gatekeeper constraint, which
// reading it as KKP's wrapper would take for granted.
func refuseWrapperFields(object *unstructured.Unstructured) error {
	problems := []error{}
	for _, field := range []struct{ name, next string }{
		{"constraintType", "the kind says it"},
		{"disabled", "write the annotation " + AnnotationDisabled},
		{"selector", "write the annotation " + AnnotationSelector},
	} {
		if _, found, _ := unstructured.NestedFieldNoCopy(object.Object, "spec", field.name); found {
			problems = append(problems, &FieldError{Path: []any{"spec", field.name},
				Problem: "unknown field: Gatekeeper has none, " + field.next})
		}
	}
	return errors.Join(problems...)
}

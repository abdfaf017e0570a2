package policy

import (
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
)

// The selectors of match, as AnnotationEmptySelectors names them.
const (
	labelSelector     = "labelSelector"
	namespaceSelector = "namespaceSelector"
)

// ExportTemplate is a KKP template as a plain Gatekeeper cluster should get it:
// spec.crd and spec.targets as they are stored, labels and annotations kept,
// and KKP's selector as an annotation. ImportTemplate is its inverse.
func ExportTemplate(template *kubermaticv1.ConstraintTemplate) (*unstructured.Unstructured, error) {
	if template.Name == "" {
		return nil, &FieldError{Path: []any{"metadata", "name"}, Problem: "missing"}
	}
	own := map[string]string{}
	if template.Spec.Selector != nil {
		if err := annotate(own, AnnotationSelector, template.Spec.Selector); err != nil {
			return nil, err
		}
	}
	copied := &kubermaticv1.ConstraintTemplate{ObjectMeta: exportedMeta(template.ObjectMeta, own), Spec: template.Spec}
	copied.Spec.Selector = nil
	return encode(copied, kubermaticv1.KindConstraintTemplate, TemplateAPIVersion)
}

// ExportConstraint is a KKP Constraint as a plain Gatekeeper cluster should
// get it. Where KKP writes empty selectors, it has none: an empty
// namespaceSelector matches as much as none does, but fails wherever the
// namespace is not known, as in CI. rawJSON is unfolded, labels and
// annotations are kept, and what only KKP knows becomes an annotation. Whether
// to write a disabled constraint at all is for the caller to say.
// ImportConstraint is its inverse.
func ExportConstraint(constraint *kubermaticv1.Constraint) (*unstructured.Unstructured, error) {
	switch {
	case constraint.Name == "":
		return nil, &FieldError{Path: []any{"metadata", "name"}, Problem: "missing"}
	case constraint.Spec.ConstraintType == "":
		return nil, &FieldError{Path: []any{"spec", "constraintType"}, Problem: "missing: KKP does not sync the constraint"}
	}
	values, err := parameters(constraint.Spec.Parameters)
	if err != nil {
		return nil, err
	}
	own, err := ownAnnotations(constraint)
	if err != nil {
		return nil, err
	}
	spec := map[string]any{}
	if match, emptied := withoutEmptySelectors(constraint.Spec.Match); match != nil {
		spec["match"] = match
		if len(emptied) > 0 {
			own[AnnotationEmptySelectors] = strings.Join(emptied, ",")
		}
	}
	if len(values) > 0 {
		spec["parameters"] = values
	}
	if constraint.Spec.EnforcementAction != "" {
		spec["enforcementAction"] = constraint.Spec.EnforcementAction
	}
	return encode(map[string]any{
		"metadata": exportedMeta(constraint.ObjectMeta, own),
		"spec":     spec,
	}, constraint.Spec.ConstraintType, ConstraintAPIVersion)
}

// ownAnnotations are the fields of a Constraint that only KKP has.
func ownAnnotations(constraint *kubermaticv1.Constraint) (map[string]string, error) {
	own := map[string]string{}
	if constraint.Namespace != "" {
		own[AnnotationNamespace] = constraint.Namespace
	}
	if constraint.Spec.Disabled {
		own[AnnotationDisabled] = "true"
	}
	if constraint.Spec.Selector != nil {
		if err := annotate(own, AnnotationSelector, constraint.Spec.Selector); err != nil {
			return nil, err
		}
	}
	if _, folded := constraint.Spec.Parameters[kubermaticv1.RawJSONParameter]; folded {
		if err := annotate(own, AnnotationParameters, constraint.Spec.Parameters); err != nil {
			return nil, err
		}
	}
	return own, nil
}

// withoutEmptySelectors copies a match without its empty selectors, and names
// them.
func withoutEmptySelectors(match *kubermaticv1.Match) (*kubermaticv1.Match, []string) {
	if match == nil {
		return nil, nil
	}
	emptied := []string{}
	copied := *match
	if isEmpty(copied.LabelSelector) {
		copied.LabelSelector = nil
		emptied = append(emptied, labelSelector)
	}
	if isEmpty(copied.NamespaceSelector) {
		copied.NamespaceSelector = nil
		emptied = append(emptied, namespaceSelector)
	}
	return &copied, emptied
}

// isEmpty tells whether a selector is there and says nothing.
func isEmpty(selector *metav1.LabelSelector) bool {
	return selector != nil && len(selector.MatchLabels)+len(selector.MatchExpressions) == 0
}

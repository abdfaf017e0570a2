package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
)

// What the wrapper's free texts may hold. Gatekeeper takes an unknown scope as
// "everything" and an unknown action as "report only".
var (
	Scopes             = []string{"*", "Cluster", "Namespaced"}
	EnforcementActions = []string{"deny", "dryrun", "warn"}
)

// ReadConstraint reads a constraint in KKP's or in Gatekeeper's form. A
// Gatekeeper constraint that says more than KKP's wrapper can hold is refused:
// nothing is dropped.
func ReadConstraint(object *unstructured.Unstructured) (*kubermaticv1.Constraint, []Note, error) {
	gvk := object.GroupVersionKind()
	bare := withoutServerFields(object)
	switch {
	case gvk.Group == kubermaticv1.GroupVersion.Group && gvk.Kind == kubermaticv1.KindConstraint:
	case gvk.Group == ConstraintsGroup && gvk.Kind != "":
		spec, _ := bare.Object["spec"].(map[string]any)
		if spec == nil {
			spec = map[string]any{}
			bare.Object["spec"] = spec
		}
		spec["constraintType"] = gvk.Kind
	default:
		return nil, nil, wrongKind(object, "a Constraint of "+kubermaticv1.GroupVersion.Group+" or a constraint of "+ConstraintsGroup)
	}
	constraint := &kubermaticv1.Constraint{}
	if err := decode(bare.Object, constraint, prunedField); err != nil {
		return nil, nil, err
	}
	notes := []Note{}
	if gvk.Group == ConstraintsGroup && len(constraint.Labels)+len(constraint.Annotations) > 0 {
		notes = append(notes, Note{Path: []any{"metadata"}, Text: "KKP does not carry labels and annotations to the user clusters"})
	}
	return constraint, notes, nil
}

// CheckConstraint finds what KKP accepts without a look.
func CheckConstraint(constraint *kubermaticv1.Constraint) error {
	spec := constraint.Spec
	if err := CheckMetadata(&constraint.ObjectMeta); err != nil {
		return err
	}
	if err := checkName(constraint.Name); err != nil {
		return err
	}
	switch {
	case spec.ConstraintType == "":
		return &FieldError{Path: []any{"spec", "constraintType"}, Problem: "missing: the kind of the template, such as K8sRequiredLabels"}
	case spec.EnforcementAction != "" && !slices.Contains(EnforcementActions, spec.EnforcementAction):
		return &FieldError{Path: []any{"spec", "enforcementAction"},
			Problem: fmt.Sprintf("is %q, want one of %s: Gatekeeper would enforce nothing", spec.EnforcementAction, strings.Join(EnforcementActions, ", "))}
	case spec.Match != nil && checkScope(spec.Match.Scope) != nil:
		return checkScope(spec.Match.Scope)
	}
	if err := checkSelectors(&spec); err != nil {
		return err
	}
	_, err := parameters(spec.Parameters)
	return err
}

// ConstraintResource is the resource under which Gatekeeper serves a kind of
// constraints.
func ConstraintResource(kind string) schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: ConstraintsGroup, Version: "v1beta1", Resource: strings.ToLower(kind)}
}

// checkName finds names that are too long for Gatekeeper.
func checkName(name string) error {
	const longest = 63
	if len(name) <= longest {
		return nil
	}
	return &FieldError{Path: []any{"metadata", "name"},
		Problem: fmt.Sprintf("has %d letters: Gatekeeper takes at most %d", len(name), longest)}
}

func checkScope(scope string) error {
	if scope == "" || slices.Contains(Scopes, scope) {
		return nil
	}
	return &FieldError{Path: []any{"spec", "match", "scope"},
		Problem: fmt.Sprintf("is %q, want one of %s: Gatekeeper would match everything", scope, strings.Join(Scopes, ", "))}
}

func checkSelectors(spec *kubermaticv1.ConstraintSpec) error {
	match := kubermaticv1.Match{}
	if spec.Match != nil {
		match = *spec.Match
	}
	return errors.Join(
		checkNamespaces(match.Namespaces, "namespaces"),
		checkNamespaces(match.ExcludedNamespaces, "excludedNamespaces"),
		checkLabelSelector(match.LabelSelector, "spec", "match", "labelSelector"),
		checkLabelSelector(match.NamespaceSelector, "spec", "match", "namespaceSelector"),
		checkClusterSelector(spec.Selector),
	)
}

// ConstraintObject is the constraint as it is sent to KKP.
func ConstraintObject(constraint *kubermaticv1.Constraint) (*unstructured.Unstructured, error) {
	return encode(constraint, kubermaticv1.KindConstraint, kubermaticv1.GroupVersion.String())
}

// GatekeeperConstraint is the object that KKP writes to a user cluster. As KKP
// does, it always has both selectors, has parameters only where there are any,
// has an action only where one is set, and has no labels or annotations.
func GatekeeperConstraint(constraint *kubermaticv1.Constraint) (*unstructured.Unstructured, error) {
	match := kubermaticv1.Match{}
	if constraint.Spec.Match != nil {
		match = *constraint.Spec.Match
	}
	if match.LabelSelector == nil {
		match.LabelSelector = &metav1.LabelSelector{}
	}
	if match.NamespaceSelector == nil {
		match.NamespaceSelector = &metav1.LabelSelector{}
	}
	values, err := parameters(constraint.Spec.Parameters)
	if err != nil {
		return nil, err
	}
	spec := map[string]any{"match": match}
	if len(values) > 0 {
		spec["parameters"] = values
	}
	if constraint.Spec.EnforcementAction != "" {
		spec["enforcementAction"] = constraint.Spec.EnforcementAction
	}
	return encode(map[string]any{
		"metadata": map[string]any{"name": constraint.Name},
		"spec":     spec,
	}, constraint.Spec.ConstraintType, ConstraintAPIVersion)
}

// parameters are the parameters as Gatekeeper gets them: those inside rawJSON
// where it is there, else all.
func parameters(all map[string]apiextensionsv1.JSON) (map[string]apiextensionsv1.JSON, error) {
	raw, found := all[kubermaticv1.RawJSONParameter]
	if !found {
		return all, nil
	}
	path := []any{"spec", "parameters", kubermaticv1.RawJSONParameter}
	var text string
	if err := json.Unmarshal(raw.Raw, &text); err != nil {
		return nil, &FieldError{Path: path, Problem: "want a text that holds a JSON object: KKP does not sync the constraint otherwise"}
	}
	values := map[string]apiextensionsv1.JSON{}
	if err := json.Unmarshal([]byte(text), &values); err != nil || values == nil {
		return nil, &FieldError{Path: path, Problem: fmt.Sprintf("does not hold a JSON object (%.60q): KKP does not sync the constraint", text)}
	}
	return values, nil
}

package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	utiljson "k8s.io/apimachinery/pkg/util/json"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
)

// PlainTemplate is a template of either form as it is applied to a cluster with
// Gatekeeper, in its API v1. What the author wrote stays, fields that only
// newer versions know too; the types that the schema of the parameters lacks
// are added. The notes say what was changed.
func PlainTemplate(object *unstructured.Unstructured) (*unstructured.Unstructured, []Note, error) {
	gvk := object.GroupVersionKind()
	if gvk.Kind != KindTemplate || (gvk.Group != TemplatesGroup && gvk.Group != kubermaticv1.GroupVersion.Group) {
		return nil, nil, wrongKind(object, "a ConstraintTemplate of "+TemplatesGroup+" or of "+kubermaticv1.GroupVersion.Group)
	}
	plain := withoutServerFields(object)
	plain.SetAPIVersion(TemplateAPIVersion)
	notes := []Note{}
	if gvk.Group == kubermaticv1.GroupVersion.Group {
		notes = append(notes, dropKKP(plain)...)
	} else {
		notes = append(notes, plainLegacy(plain, gvk.Version)...)
	}
	typed := &kubermaticv1.ConstraintTemplate{}
	if err := decodeKnown(plain.Object, typed); err != nil {
		return nil, nil, err
	}
	if err := CheckTemplate(typed); err != nil {
		return nil, nil, err
	}
	completed, err := completePlain(plain, typed)
	return plain, append(notes, completed...), err
}

// dropKKP removes what is KKP's own from an object, and notes what it said.
func dropKKP(plain *unstructured.Unstructured) []Note {
	notes := []Note{}
	spec, _ := plain.Object["spec"].(map[string]any)
	if selector, found := spec["selector"].(map[string]any); found {
		delete(spec, "selector")
		if !EmptySelector(selector) {
			notes = append(notes, Note{[]any{"spec", "selector"}, "left out: it selects KKP's user clusters, and this is for one cluster"})
		}
	}
	plain.SetNamespace("") // It says for which user cluster, or that it is for many.
	if labels := plain.GetLabels(); labels[kubermaticv1.DefaultLabel] != "" {
		delete(labels, kubermaticv1.DefaultLabel)
		if len(labels) == 0 {
			labels = nil // else an empty map would stay
		}
		plain.SetLabels(labels)
	}
	return notes
}

// plainLegacy spells out the default of Gatekeeper's old APIs.
func plainLegacy(plain *unstructured.Unstructured, version string) []Note {
	path := []string{"spec", "crd", "spec", "validation", "legacySchema"}
	if _, found, _ := unstructured.NestedFieldNoCopy(plain.Object, path...); found || version == "v1" {
		return nil
	}
	if err := unstructured.SetNestedField(plain.Object, true, path...); err != nil {
		return nil // The form is wrong there, which shows when it is read.
	}
	return []Note{{[]any{"spec", "crd", "spec", "validation"},
		"legacySchema: true was added: it is the default of " + TemplatesGroup + "/" + version + ", and v1 is applied"}}
}

// completePlain adds what v1 wants of every template.
func completePlain(plain *unstructured.Unstructured, typed *kubermaticv1.ConstraintTemplate) ([]Note, error) {
	notes, err := completeSchema(typed)
	for i := range notes {
		notes[i].Text = strings.TrimSuffix(notes[i].Text, ", and KKP does not say so")
	}
	if err == nil && len(notes) > 0 {
		schema := map[string]any{}
		if err := utiljson.Unmarshal(typed.Spec.CRD.Spec.Validation.OpenAPIV3Schema.Raw, &schema); err != nil {
			return nil, fmt.Errorf("completing the schema of template %q: %w", typed.Name, err)
		}
		err = unstructured.SetNestedField(plain.Object, schema, "spec", "crd", "spec", "validation", "openAPIV3Schema")
	}
	return notes, err
}

// PlainConstraint is a constraint of either form as it is applied to a cluster
// with Gatekeeper: KKP's wrapper is taken off. What Gatekeeper would take for
// "enforce nothing" or "match everything" is refused. The notes say what was
// changed.
func PlainConstraint(object *unstructured.Unstructured) (*unstructured.Unstructured, []Note, error) {
	gvk := object.GroupVersionKind()
	plain := withoutServerFields(object)
	notes := []Note{}
	switch {
	case gvk.Group == ConstraintsGroup && gvk.Kind != "":
	case gvk.Group == kubermaticv1.GroupVersion.Group && gvk.Kind == kubermaticv1.KindConstraint:
		var err error
		if notes, err = unwrap(plain); err != nil {
			return nil, nil, err
		}
	default:
		return nil, nil, wrongKind(object, "a constraint of "+ConstraintsGroup+" or a Constraint of "+kubermaticv1.GroupVersion.Group)
	}
	plain.SetAPIVersion(ConstraintAPIVersion)
	return plain, notes, checkPlain(plain)
}

// unwrap turns KKP's wrapper into the constraint inside of it.
func unwrap(plain *unstructured.Unstructured) ([]Note, error) {
	spec, _ := plain.Object["spec"].(map[string]any)
	kind, _ := spec["constraintType"].(string)
	if kind == "" {
		return nil, &FieldError{Path: []any{"spec", "constraintType"}, Problem: "missing: the kind of the template, such as K8sRequiredLabels"}
	}
	notes := dropKKP(plain)
	delete(spec, "constraintType")
	plain.SetKind(kind)
	if err := unfold(spec); err != nil {
		return nil, err
	}
	disabled, isBool := spec["disabled"].(bool)
	if spec["disabled"] != nil && !isBool {
		return nil, &FieldError{Path: []any{"spec", "disabled"}, Problem: "want true or false"}
	}
	delete(spec, "disabled")
	if !disabled {
		return notes, nil
	}
	return append(notes, Note{[]any{"spec", "disabled"}, "Gatekeeper has no such field: the constraint is enforced nowhere until it is enabled"}),
		DisableConstraint(plain)
}

// unfold puts the parameters inside of rawJSON in the place of all others.
func unfold(spec map[string]any) error {
	folded, _ := spec["parameters"].(map[string]any)
	if _, found := folded[kubermaticv1.RawJSONParameter]; !found {
		return nil
	}
	all := map[string]apiextensionsv1.JSON{}
	for _, name := range slices.Sorted(maps.Keys(folded)) {
		all[name] = JSON(folded[name])
	}
	unfolded, err := parameters(all)
	if err != nil {
		return err
	}
	values := map[string]any{}
	for name, value := range unfolded {
		var decoded any
		if len(value.Raw) > 0 { // else it is null
			if err := utiljson.Unmarshal(value.Raw, &decoded); err != nil {
				return fmt.Errorf("unfolding parameter %q: %w", name, err)
			}
		}
		values[name] = decoded
	}
	spec["parameters"] = values
	return nil
}

// plainFields are the fields of a constraint that are looked at here.
type plainFields struct {
	Metadata metav1.ObjectMeta `json:"metadata"`
	Spec     struct {
		Match kubermaticv1.Match `json:"match"`
	} `json:"spec"`
}

// checkPlain finds what Gatekeeper accepts without a look.
func checkPlain(plain *unstructured.Unstructured) error {
	fields := &plainFields{}
	if err := decodeKnown(plain.Object, fields); err != nil {
		return err
	}
	if err := CheckMetadata(&fields.Metadata); err != nil {
		return err
	}
	enforcement, _, err := EnforcementOf(plain)
	if err != nil {
		return err
	}
	match := &fields.Spec.Match
	return errors.Join(checkName(plain.GetName()), enforcement.check(), checkScope(match.Scope),
		checkSelectors(&kubermaticv1.ConstraintSpec{Match: match}))
}

// decodeKnown fills a typed value from an object and passes over the fields
// that the type does not know. Fields of a wrong type are FieldErrors.
func decodeKnown(object map[string]any, into any) error {
	data, err := json.Marshal(object)
	if err != nil {
		return fmt.Errorf("reading object: %w", err)
	}
	return wrongTypes(json.Unmarshal(data, into))
}

// Bare is an object as a manifest has it, without what only the server writes.
func Bare(object *unstructured.Unstructured) *unstructured.Unstructured {
	bare := withoutServerFields(object)
	unstructured.RemoveNestedField(bare.Object, "metadata", "resourceVersion")
	return bare
}

// PlainEngines names the engines that a Gatekeeper template has code for.
func PlainEngines(template *unstructured.Unstructured) []string {
	typed := &kubermaticv1.ConstraintTemplate{}
	if runtime.DefaultUnstructuredConverter.FromUnstructured(template.Object, typed) != nil {
		return nil
	}
	return Engines(typed)
}

package policy

import (
	"encoding/json"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
)

// EqualTemplate tells whether a template on a user cluster means what KKP's
// template does. Rego under rego is the same as under code. The error says why
// KKP cannot sync its template.
func EqualTemplate(wanted *kubermaticv1.ConstraintTemplate, installed *unstructured.Unstructured) (bool, error) {
	rendered, err := GatekeeperTemplate(wanted)
	if err != nil {
		return false, err
	}
	return equality.Semantic.DeepEqual(templateMeaning(rendered), templateMeaning(installed)), nil
}

// templateMeaning is a template's spec in which what means the same is the
// same.
func templateMeaning(template *unstructured.Unstructured) map[string]any {
	spec := specOf(template)
	unstructured.RemoveNestedField(spec, "selector")
	if legacy, _, _ := unstructured.NestedBool(spec, "crd", "spec", "validation", "legacySchema"); !legacy {
		unstructured.RemoveNestedField(spec, "crd", "spec", "validation", "legacySchema")
	}
	dropEmpty(spec, "crd", "spec", "validation")
	dropEmpty(spec, "crd", "spec", "names", "shortNames")
	targets, _ := spec["targets"].([]any)
	for _, entry := range targets {
		if target, ok := entry.(map[string]any); ok {
			regoToCode(target)
		}
	}
	return spec
}

// regoToCode writes a target's rego and libs as an entry of code.
func regoToCode(target map[string]any) {
	code, _ := target["code"].([]any)
	if rego, _ := target["rego"].(string); rego != "" && len(code) == 0 {
		code = []any{map[string]any{"engine": EngineRego, "source": map[string]any{"rego": rego, "libs": target["libs"]}}}
	}
	for _, entry := range code {
		if fields, ok := entry.(map[string]any); ok {
			dropEmpty(fields, "source", "libs")
		}
	}
	delete(target, "rego")
	delete(target, "libs")
	target["code"] = code
}

// EqualConstraint tells whether a constraint on a user cluster means what
// KKP's Constraint does. The template of its kind, which may be nil, says which
// parameters the API server adds. The error says why KKP cannot sync its
// Constraint.
func EqualConstraint(wanted *kubermaticv1.Constraint, template *kubermaticv1.ConstraintTemplate, installed *unstructured.Unstructured) (bool, error) {
	rendered, err := GatekeeperConstraint(wanted)
	if err != nil {
		return false, err
	}
	want := specOf(rendered)
	if template != nil && template.Spec.CRD.Spec.Validation != nil {
		addDefaults(want, template.Spec.CRD.Spec.Validation.OpenAPIV3Schema)
	}
	return equality.Semantic.DeepEqual(constraintMeaning(want), constraintMeaning(specOf(installed))), nil
}

// constraintMeaning is a constraint's spec in which what means the same is the
// same. The spec is changed.
func constraintMeaning(spec map[string]any) map[string]any {
	if action, _ := spec["enforcementAction"].(string); action == "" {
		spec["enforcementAction"] = "deny"
	}
	match, _ := spec["match"].(map[string]any)
	for field, anything := range map[string]string{"scope": "*", "source": "All", "name": ""} {
		if value, _ := match[field].(string); value == "" || value == anything {
			delete(match, field)
		}
	}
	if match = withoutEmpty(match); len(match) > 0 {
		spec["match"] = match
	} else {
		delete(spec, "match")
	}
	dropEmpty(spec, "parameters")
	dropEmpty(spec, "scopedEnforcementActions")
	return spec
}

// withoutEmpty is a map without empty maps and lists, at any depth of maps.
func withoutEmpty(fields map[string]any) map[string]any {
	kept := map[string]any{}
	for name, value := range fields {
		if inner, ok := value.(map[string]any); ok {
			value = withoutEmpty(inner)
		}
		if !isNothing(value) {
			kept[name] = value
		}
	}
	return kept
}

func isNothing(value any) bool {
	switch value := value.(type) {
	case nil:
		return true
	case map[string]any:
		return len(value) == 0
	case []any:
		return len(value) == 0
	}
	return false
}

// dropEmpty takes a field out that holds nothing.
func dropEmpty(fields map[string]any, path ...string) {
	if value, found, _ := unstructured.NestedFieldNoCopy(fields, path...); found && isNothing(value) {
		unstructured.RemoveNestedField(fields, path...)
	}
}

// specOf copies an object's spec, with whole numbers.
func specOf(object *unstructured.Unstructured) map[string]any {
	spec, _ := object.Object["spec"].(map[string]any)
	if spec == nil {
		return map[string]any{}
	}
	copied, _ := wholeNumbers(runtime.DeepCopyJSON(spec)).(map[string]any)
	return copied
}

// addDefaults adds to a constraint's spec what the API server adds: the
// defaults of the template's schema.
func addDefaults(spec map[string]any, text *apiextensionsv1.JSON) {
	schema := map[string]any{}
	if text == nil || json.Unmarshal(text.Raw, &schema) != nil {
		return
	}
	schema, _ = wholeNumbers(schema).(map[string]any)
	fill(spec, map[string]any{"properties": map[string]any{"parameters": schema}})
}

// fill adds defaults to a value, and to all that is in it.
func fill(value any, schema map[string]any) {
	switch value := value.(type) {
	case []any:
		items, _ := schema["items"].(map[string]any)
		for _, item := range value {
			fill(item, items)
		}
	case map[string]any:
		properties, _ := schema["properties"].(map[string]any)
		for name, entry := range properties {
			property, _ := entry.(map[string]any)
			if preset, has := property["default"]; has && value[name] == nil {
				value[name] = runtime.DeepCopyJSONValue(preset)
			}
		}
		others, _ := schema["additionalProperties"].(map[string]any)
		for name, inner := range value {
			property, known := properties[name].(map[string]any)
			if !known {
				property = others
			}
			fill(inner, property)
		}
	}
}

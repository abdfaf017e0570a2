package policy

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
)

// Complete brings a template from the form that KKP's manual prints into the
// one that works: code instead of rego and libs, and the types that a
// structural schema needs. The notes say what was missing. The template is
// changed in place.
func Complete(template *kubermaticv1.ConstraintTemplate) ([]Note, error) {
	notes := []Note{}
	for t := range template.Spec.Targets {
		target := &template.Spec.Targets[t]
		path := []any{"spec", "targets", t}
		if target.Target == "" {
			target.Target = TargetName
			notes = append(notes, Note{path, "target was missing: " + TargetName + " is the one for Kubernetes objects"})
		}
		moved, err := completeCode(target, path)
		if err != nil {
			return nil, err
		}
		notes = append(notes, moved...)
	}
	typed, err := completeSchema(template)
	return append(notes, typed...), err
}

// completeCode turns rego and libs into an entry of code.
func completeCode(target *kubermaticv1.Target, path []any) ([]Note, error) {
	if target.Rego == "" {
		return nil, nil
	}
	for _, code := range target.Code {
		if code.Engine == EngineRego {
			return nil, &FieldError{Path: append(path, "rego"),
				Problem: "the target has Rego code twice, here and under code: keep one of them"}
		}
	}
	target.Code = append(target.Code, kubermaticv1.Code{
		Engine: EngineRego,
		Source: JSON(RegoSource{Rego: target.Rego, Libs: target.Libs}),
	})
	target.Rego, target.Libs = "", nil
	return []Note{{append(path, "rego"),
		"rego was turned into code: KKP refuses a target without code since 2.26"}}, nil
}

// completeSchema adds the types without which Gatekeeper refuses the schema
// of the parameters, and KKP says nothing.
func completeSchema(template *kubermaticv1.ConstraintTemplate) ([]Note, error) {
	validation := template.Spec.CRD.Spec.Validation
	if validation == nil || validation.OpenAPIV3Schema == nil ||
		(validation.LegacySchema != nil && *validation.LegacySchema) {
		return nil, nil
	}
	path := []any{"spec", "crd", "spec", "validation", "openAPIV3Schema"}
	schema := map[string]any{}
	if err := json.Unmarshal(validation.OpenAPIV3Schema.Raw, &schema); err != nil {
		return nil, &FieldError{Path: path, Problem: "want a map of fields"}
	}
	notes := completeTypes(schema, path, true)
	if len(notes) > 0 {
		completed := JSON(schema)
		validation.OpenAPIV3Schema = &completed
	}
	return notes, nil
}

func completeTypes(schema map[string]any, path []any, top bool) []Note {
	notes := []Note{}
	if _, typed := schema["type"]; !typed {
		want := ""
		switch {
		case top || schema["properties"] != nil || schema["additionalProperties"] != nil:
			want = "object"
		case schema["items"] != nil:
			want = "array"
		}
		if want != "" {
			schema["type"] = want
			notes = append(notes, Note{slices.Clone(path),
				fmt.Sprintf("type: %s was missing: Gatekeeper refuses the template without it, and KKP does not say so", want)})
		}
	}
	if properties, ok := schema["properties"].(map[string]any); ok {
		for _, name := range slices.Sorted(maps.Keys(properties)) {
			if child, ok := properties[name].(map[string]any); ok {
				notes = append(notes, completeTypes(child, append(slices.Clone(path), "properties", name), false)...)
			}
		}
	}
	for _, key := range []string{"items", "additionalProperties"} {
		if child, ok := schema[key].(map[string]any); ok {
			notes = append(notes, completeTypes(child, append(slices.Clone(path), key), false)...)
		}
	}
	return notes
}

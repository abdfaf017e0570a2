package compile

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

var policyCode = map[string]any{"rego": "package a\nviolation[{\"msg\": \"x\"}] { true }\n"}

// object is a schema for a map of fields.
func object(properties map[string]any, required ...any) map[string]any {
	return map[string]any{"type": "object", "properties": properties, "required": required}
}

func typed(name string) map[string]any { return map[string]any{"type": name} }

// full is a template with every sort of parameter.
func full() *unstructured.Unstructured {
	return template("k8sa", object(map[string]any{
		"labels": map[string]any{"type": "array", "items": typed("string")},
		"max":    map[string]any{"type": "integer", "minimum": int64(1)},
		"mode":   map[string]any{"type": "string", "enum": []any{"strict", "lax"}, "default": "lax"},
		"rules":  map[string]any{"type": "array", "items": object(map[string]any{"key": typed("string")}, "key")},
		"free":   map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true},
	}, "labels", "mode"), policyCode)
}

func constraint(name string, spec map[string]any) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "constraints.gatekeeper.sh/v1beta1", "kind": "K8sA",
		"metadata": map[string]any{"name": name}, "spec": spec,
	}}
}

func parameters(values map[string]any) *unstructured.Unstructured {
	return constraint("c", map[string]any{"parameters": values})
}

func match(fields map[string]any) *unstructured.Unstructured {
	return constraint("c", map[string]any{"parameters": map[string]any{"labels": []any{}}, "match": fields})
}

func TestSchemaCheck(t *testing.T) {
	labels := []any{"a"}
	for name, tc := range map[string]struct {
		constraint *unstructured.Unstructured
		want       []string
	}{
		// mode is required, and its default is there.
		"the least": {constraint: parameters(map[string]any{"labels": labels})},
		"all": {constraint: parameters(map[string]any{
			"labels": labels, "max": int64(3), "mode": "strict", "free": map[string]any{"any": "thing"},
			"rules": []any{map[string]any{"key": "a"}},
		})},
		"wrong types": {
			constraint: parameters(map[string]any{"labels": "a", "max": "3", "mode": true}),
			want: []string{
				"spec.parameters.labels: want type array, found string",
				"spec.parameters.max: want type integer, found string",
				"spec.parameters.mode: want type string, found boolean",
			},
		},
		"not a whole number":         {constraint: parameters(map[string]any{"labels": labels, "max": 1.5}), want: []string{"spec.parameters.max: want type integer, found number"}},
		"too small":                  {constraint: parameters(map[string]any{"labels": labels, "max": int64(0)}), want: []string{"spec.parameters.max: should be greater than or equal to 1"}},
		"item":                       {constraint: parameters(map[string]any{"labels": []any{"a", int64(1)}}), want: []string{"spec.parameters.labels[1]: want type string, found integer"}},
		"enum":                       {constraint: parameters(map[string]any{"labels": labels, "mode": "loose"}), want: []string{`spec.parameters.mode: Unsupported value: "loose": supported values: "strict", "lax"`}},
		"missing":                    {constraint: parameters(map[string]any{"max": int64(3)}), want: []string{"spec.parameters.labels: is required, and missing"}},
		"no parameters":              {constraint: constraint("c", map[string]any{}), want: []string{"spec.parameters.labels: is required, and missing"}},
		"missing in an item":         {constraint: parameters(map[string]any{"labels": labels, "rules": []any{map[string]any{}}}), want: []string{"spec.parameters.rules[0].key: is required, and missing"}},
		"unknown parameter":          {constraint: parameters(map[string]any{"labels": labels, "lables": labels}), want: []string{"spec.parameters.lables: the template does not know this field: it would be dropped without a word"}},
		"unknown in an item":         {constraint: parameters(map[string]any{"labels": labels, "rules": []any{map[string]any{"key": "a", "value": "b"}}}), want: []string{"spec.parameters.rules[0].value: the template does not know this field: it would be dropped without a word"}},
		"unknown field of the match": {constraint: match(map[string]any{"kind": "Pod"}), want: []string{"spec.match.kind: the template does not know this field: it would be dropped without a word"}},
		"unknown field of the spec":  {constraint: constraint("c", map[string]any{"parameters": map[string]any{"labels": labels}, "enforcement": "warn"}), want: []string{"spec.enforcement: the template does not know this field: it would be dropped without a word"}},
		"wildcards":                  {constraint: match(map[string]any{"namespaces": []any{"kube-*", "*-system", "*a*"}})},
		"wildcard inside":            {constraint: match(map[string]any{"namespaces": []any{"kube-system", "a*b"}}), want: []string{`spec.match.namespaces[1]: should match '^\*?[-:a-z0-9]*\*?$'`}},
		"namespace in capitals":      {constraint: match(map[string]any{"excludedNamespaces": []any{"A"}}), want: []string{`spec.match.excludedNamespaces[0]: should match '^\*?[-:a-z0-9]*\*?$'`}},
		"selectors":                  {constraint: match(map[string]any{"labelSelector": map[string]any{"matchExpressions": []any{map[string]any{"key": "a", "operator": "Exists"}}}, "namespaceSelector": map[string]any{}})},
		"operator":                   {constraint: match(map[string]any{"labelSelector": map[string]any{"matchExpressions": []any{map[string]any{"key": "a", "operator": "Is"}}}}), want: []string{`checking constraint "c": spec.labelSelector.matchExpressions[0].operator: Invalid value: "Is": not a valid selector operator`}},
		"long name":                  {constraint: constraint(strings.Repeat("c", 64), map[string]any{"parameters": map[string]any{"labels": labels}}), want: []string{"metadata.name: Too long: may not be more than 63 bytes"}},
	} {
		t.Run(name, func(t *testing.T) {
			schema, err := NewSchema(t.Context(), full())
			if err != nil {
				t.Fatal(err)
			}
			before := tc.constraint.DeepCopy()
			if diff := cmp.Diff(tc.want, problems(schema.Check(tc.constraint))); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(before, tc.constraint); diff != "" {
				t.Errorf("the constraint was changed: %s", diff)
			}
		})
	}
}

// problems are the joined errors, a line each; those about a field are
// FieldErrors.
func problems(err error) []string {
	var many interface{ Unwrap() []error }
	if !errors.As(err, &many) {
		if err == nil {
			return nil
		}
		return []string{err.Error()}
	}
	lines := []string{}
	for _, single := range many.Unwrap() {
		var field *policy.FieldError
		if !errors.As(single, &field) || len(field.Path) == 0 {
			lines = append(lines, "not about a field: "+single.Error())
			continue
		}
		lines = append(lines, single.Error())
	}
	return lines
}

// A template without parameters, or with a schema that keeps unknown fields,
// has no opinion on them.
func TestSchemaWithoutParameters(t *testing.T) {
	for name, tc := range map[string]struct {
		template *unstructured.Unstructured
		want     []string
	}{
		"open":   {template: template("k8sa", map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true}, policyCode)},
		"closed": {template: template("k8sa", typed("object"), policyCode), want: []string{"spec.parameters.any: the template does not know this field: it would be dropped without a word"}},
	} {
		t.Run(name, func(t *testing.T) {
			schema, err := NewSchema(t.Context(), tc.template)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, problems(schema.Check(parameters(map[string]any{"any": "thing"})))); diff != "" {
				t.Error(diff)
			}
			if err := schema.Check(constraint("c", map[string]any{})); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestNewSchemaRefusesBrokenSchemas(t *testing.T) {
	for name, tc := range map[string]struct {
		template *unstructured.Unstructured
		want     string
	}{
		"unknown type":  {template: template("k8sa", object(map[string]any{"max": typed("int")}), policyCode), want: `making the kind of template "k8sa": invalid ConstraintTemplate: spec.validation.openAPIV3Schema.properties[spec].properties[parameters].properties[max].type: Unsupported value: "int": supported values: "array", "boolean", "integer", "number", "object", "string"`},
		"no type":       {template: template("k8sa", map[string]any{"properties": map[string]any{}}, policyCode), want: `making the kind of template "k8sa": invalid ConstraintTemplate: spec.validation.openAPIV3Schema.properties[spec].properties[parameters].type: Required value: must not be empty for specified object fields`},
		"wrong default": {template: template("k8sa", object(map[string]any{"max": map[string]any{"type": "integer", "default": "a"}}), policyCode), want: `making the kind of template "k8sa": invalid ConstraintTemplate: spec.validation.openAPIV3Schema.properties[spec].properties[parameters].properties[max].default: Invalid value: "string":  in body must be of type integer: "string"`},
		"not a schema":  {template: template("k8sa", map[string]any{"type": []any{"object"}}, policyCode), want: `reading the template: unrecognized type: string`},
	} {
		t.Run(name, func(t *testing.T) {
			schema, err := NewSchema(t.Context(), tc.template)
			if schema != nil || err == nil {
				t.Fatalf("got %v, %v", schema, err)
			}
			if diff := cmp.Diff(tc.want, err.Error()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

package compile

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func template(name string, schema map[string]any, source map[string]any) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "templates.gatekeeper.sh/v1",
		"kind":       "ConstraintTemplate",
		"metadata":   map[string]any{"name": name},
		"spec": map[string]any{
			"crd": map[string]any{"spec": map[string]any{
				"names":      map[string]any{"kind": "K8sA"},
				"validation": map[string]any{"legacySchema": false, "openAPIV3Schema": schema},
			}},
			"targets": []any{map[string]any{
				"target": "admission.k8s.gatekeeper.sh",
				"code":   []any{map[string]any{"engine": "Rego", "source": source}},
			}},
		},
	}}
}

func TestTemplate(t *testing.T) {
	object := map[string]any{"type": "object"}
	for name, tc := range map[string]struct {
		object *unstructured.Unstructured
		want   string
		next   string
	}{
		"v0": {object: template("k8sa", object, map[string]any{
			"rego": "package a\nviolation[{\"msg\": m}] { m := \"x\" }\n",
		})},
		"v1": {object: template("k8sa", object, map[string]any{
			"version": "v1", "rego": "package a\nviolation contains {\"msg\": m} if { m := \"x\" }\n",
		})},
		"syntax": {object: template("k8sa", object, map[string]any{
			"rego": "package a\nviolation[{\"msg\": m}] {\n  m := \n}\n",
		}), want: "rego:4:1: rego_parse_error: unexpected } token"},
		"types": {object: template("k8sa", object, map[string]any{
			"rego": "package a\nviolation[{\"msg\": m}] { m := \"x\" + 1 }\n",
		}), want: "rego:2:30: rego_type_error: plus: invalid argument(s)"},
		"unsafe": {object: template("k8sa", object, map[string]any{
			"rego": "package a\nimport data.lib.b\nviolation[{\"msg\": m}] { b.f(m) }\n",
			"libs": []any{"package lib.b\nf(x) { y }\n"},
		}), want: "libs[0]:2:8: rego_unsafe_var_error: var y is unsafe\nrego:3:25: rego_unsafe_var_error: var m is unsafe"},
		"the same in two modules": {object: template("k8sa", object, map[string]any{
			"rego": "package a\nviolation[{\"msg\": \"x\"}] { y }\n",
			"libs": []any{"package lib.b\nf(x) { y }\n"},
		}), want: "libs[0]:2:8: rego_unsafe_var_error: var y is unsafe\nrego:2:27: rego_unsafe_var_error: var y is unsafe"},
		"v1 in v0": {object: template("k8sa", object, map[string]any{
			"rego": "package a\nviolation contains {\"msg\": m} if { m := \"x\" }\n",
		}), want: `rego:2:26: rego_parse_error: unexpected : token: expected \n or ; or }`,
			next: "this is Rego v1: write it without if and contains for KKP (Gatekeeper 3.12 knows v0 only), or set source.version: v1 (--rego-version v1) where Gatekeeper is 3.19 or newer"},
		"v0 in v1": {object: template("k8sa", object, map[string]any{
			"version": "v1", "rego": "package a\nviolation[{\"msg\": m}] { m := \"x\" }\n",
		}), want: "rego:2:1: rego_parse_error: `if` keyword is required before rule body\nrego:2:1: rego_parse_error: `contains` keyword is required for partial set rules", next: "this is Rego v0: leave source.version out"},
		"name":   {object: template("other", object, map[string]any{"rego": "package a\nviolation[{\"msg\": m}] { m := \"x\" }\n"}), want: `invalid ConstraintTemplate: the ConstraintTemplate's name "other" is not equal to the lowercase of CRD's Kind: "k8sa"`},
		"schema": {object: template("k8sa", map[string]any{"properties": map[string]any{}}, map[string]any{"rego": "package a\nviolation[{\"msg\": m}] { m := \"x\" }\n"}), want: "spec.crd.spec.validation.openAPIV3Schema.type: Required value: must not be empty for specified object fields"},
		"types of the schema": {object: template("k8sa", map[string]any{"type": "object", "properties": map[string]any{
			"a": map[string]any{"type": "int"}, "b": map[string]any{"type": "array", "items": map[string]any{"type": "text"}},
		}}, map[string]any{"rego": "package a\nviolation[{\"msg\": m}] { m := \"x\" }\n"}), want: `spec.crd.spec.validation.openAPIV3Schema.properties.a.type: Unsupported value: "int": supported values: "array", "boolean", "integer", "number", "object", "string"` + "\n" + `spec.crd.spec.validation.openAPIV3Schema.properties.b.items.type: Unsupported value: "text": supported values: "array", "boolean", "integer", "number", "object", "string"`},
	} {
		t.Run(name, func(t *testing.T) {
			err := Template(context.Background(), tc.object)
			if tc.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			var found *Error
			if !errors.As(err, &found) {
				t.Fatalf("want an *Error, got %v", err)
			}
			if diff := cmp.Diff(tc.want, found.Error()); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tc.next, found.Next); diff != "" {
				t.Error(diff)
			}
		})
	}
}

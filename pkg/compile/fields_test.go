package compile

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func words(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestCheckFields(t *testing.T) {
	const unknown = ": unknown field: Gatekeeper would drop it without a word"
	for name, tc := range map[string]struct {
		change func(spec map[string]any)
		want   string
	}{
		"none": {func(map[string]any) {}, ""},
		"one":  {func(spec map[string]any) { spec["selector"] = map[string]any{} }, "spec.selector" + unknown},
		"several, deep inside": {
			func(spec map[string]any) {
				target := spec["targets"].([]any)[0].(map[string]any)
				target["regos"] = "x"
				target["code"] = append(target["code"].([]any), map[string]any{"engine": "Rego", "sauce": "x"})
			},
			"spec.targets[0].code[1].sauce" + unknown + "\nspec.targets[0].regos" + unknown,
		},
		// Both hold what they like.
		"in a schema and in a source": {
			func(spec map[string]any) {
				code := spec["targets"].([]any)[0].(map[string]any)["code"].([]any)[0].(map[string]any)
				code["source"].(map[string]any)["later"] = "x"
			}, "",
		},
		"of a wrong type": {
			func(spec map[string]any) { spec["targets"] = "x" },
			`reading template "k8sa": json: cannot unmarshal string into Go struct field ConstraintTemplateSpec.spec.targets of type []v1.Target`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			in := template("k8sa", object(map[string]any{"a": typed("string")}), map[string]any{"rego": "x"})
			tc.change(in.Object["spec"].(map[string]any))
			if diff := cmp.Diff(tc.want, words(CheckFields(in))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestCheckMatch checks constraints whose template nobody knows.
func TestCheckMatch(t *testing.T) {
	const unknown = ": the template does not know this field: it would be dropped without a word"
	of := func(fields map[string]any) *unstructured.Unstructured {
		return constraint("c", map[string]any{"match": fields})
	}
	seen := constraint("c", map[string]any{})
	seen.Object["status"] = map[string]any{"byPod": "whatever"}
	bare := constraint("c", nil)
	delete(bare.Object, "spec")
	beside := constraint("c", map[string]any{"mach": map[string]any{}})
	beside.Object["later"] = "x"
	for name, tc := range map[string]struct {
		constraint *unstructured.Unstructured
		want       string
	}{
		"nothing": {bare, ""},
		"all, and any parameters": {constraint("c", map[string]any{
			"enforcementAction": "warn", "parameters": map[string]any{"a": map[string]any{"b": int64(1)}},
			"match": map[string]any{
				"source": "Generated", "name": "web-*", "scope": "Namespaced", "namespaces": []any{"kube-*"},
				"kinds": []any{map[string]any{"apiGroups": []any{""}, "kinds": []any{"Pod"}}},
			},
		}), ""},
		"a status":             {seen, ""},
		"no such source":       {of(map[string]any{"source": "Both"}), `spec.match.source: Unsupported value: "Both": supported values: "All", "Generated", "Original"`},
		"no such name":         {of(map[string]any{"name": "a*b"}), `spec.match.name: should match '^\*?[-:a-z0-9]*\*?$'`},
		"no such namespace":    {of(map[string]any{"namespaces": []any{"a", "B"}}), `spec.match.namespaces[1]: should match '^\*?[-:a-z0-9]*\*?$'`},
		"fields that are none": {beside, "later" + unknown + "\nspec.mach" + unknown},
		"a field deep inside":  {of(map[string]any{"kinds": []any{map[string]any{"kind": "Pod"}}}), "spec.match.kinds[0].kind" + unknown},
		"parameters of a list": {constraint("c", map[string]any{"parameters": []any{}}), "spec.parameters: want type object, found array"},
		"several": {
			of(map[string]any{"namespace": "a", "namespaces": "a", "scope": int64(3)}),
			"spec.match.namespace" + unknown + "\nspec.match.namespaces: want type array, found string\nspec.match.scope: want type string, found integer",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, words(CheckMatch(t.Context(), tc.constraint))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

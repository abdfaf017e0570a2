package policy_test

import (
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

func read[T any](t *testing.T, text string) *T {
	t.Helper()
	value := new(T)
	if err := yaml.Unmarshal([]byte(text), value); err != nil {
		t.Fatal(err)
	}
	return value
}

func readObject(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	return &unstructured.Unstructured{Object: *read[map[string]any](t, text)}
}

func TestEqualTemplate(t *testing.T) {
	const code = "targets: [{target: t, code: [{engine: Rego, source: {rego: package x}}]}]"
	const schema = "validation: {openAPIV3Schema: {type: object, properties: {n: {type: integer, default: 1}}}}"
	for name, tc := range map[string]struct {
		wanted, installed string
		want              bool
	}{
		"as KKP writes it":          {"{crd: {spec: {names: {kind: X}}}, " + code + "}", "{crd: {spec: {names: {kind: X}, validation: {legacySchema: false}}}, " + code + "}", true},
		"no validation at all":      {"{crd: {spec: {names: {kind: X}}}, " + code + "}", "{crd: {spec: {names: {kind: X}}}, " + code + "}", true},
		"KKP's selector":            {"{selector: {providers: [aws]}, crd: {spec: {names: {kind: X}}}, " + code + "}", "{crd: {spec: {names: {kind: X}}}, " + code + "}", true},
		"rego in the old place":     {"{crd: {spec: {names: {kind: X}}}, " + code + "}", "{crd: {spec: {names: {kind: X}}}, targets: [{target: t, rego: package x}]}", true},
		"numbers that are the same": {"{crd: {spec: {names: {kind: X}, " + schema + "}}, " + code + "}", "{crd: {spec: {names: {kind: X}, validation: {openAPIV3Schema: {type: object, properties: {n: {type: integer, default: 1.0}}}}}}, " + code + "}", true},
		"other Rego":                {"{crd: {spec: {names: {kind: X}}}, " + code + "}", "{crd: {spec: {names: {kind: X}}}, targets: [{target: t, rego: package y}]}", false},
		"a library":                 {"{crd: {spec: {names: {kind: X}}}, " + code + "}", "{crd: {spec: {names: {kind: X}}}, targets: [{target: t, rego: package x, libs: [package lib.y]}]}", false},
		"another schema":            {"{crd: {spec: {names: {kind: X}, " + schema + "}}, " + code + "}", "{crd: {spec: {names: {kind: X}}}, " + code + "}", false},
		"a legacy schema":           {"{crd: {spec: {names: {kind: X}}}, " + code + "}", "{crd: {spec: {names: {kind: X}, validation: {legacySchema: true}}}, " + code + "}", false},
		"a field KKP does not know": {"{crd: {spec: {names: {kind: X}}}, " + code + "}", "{crd: {spec: {names: {kind: X}}}, targets: [{target: t, operations: [DELETE], code: [{engine: Rego, source: {rego: package x}}]}]}", false},
	} {
		t.Run(name, func(t *testing.T) {
			wanted := read[kubermaticv1.ConstraintTemplate](t, "{metadata: {name: x}, spec: "+tc.wanted+"}")
			got, err := policy.EqualTemplate(wanted, readObject(t, "{metadata: {name: x}, spec: "+tc.installed+", status: {created: true}}"))
			if got != tc.want || err != nil {
				t.Errorf("equal: %v, %v", got, err)
			}
		})
	}
}

func TestEqualConstraint(t *testing.T) {
	template := read[kubermaticv1.ConstraintTemplate](t, `{spec: {crd: {spec: {validation: {openAPIV3Schema: {type: object, properties: {
		mode: {type: string, default: strict}, list: {type: array, items: {type: object, properties: {n: {type: integer, default: 3}}}},
		more: {type: object, additionalProperties: {type: object, properties: {on: {type: boolean, default: true}}}}}}}}}}}`)
	for name, tc := range map[string]struct {
		wanted, installed string
		want              bool
	}{
		"as KKP writes it":           {"{}", "{match: {labelSelector: {}, namespaceSelector: {}}}", true},
		"as the server completes it": {"{}", "{enforcementAction: deny, match: {labelSelector: {}, namespaceSelector: {}}}", true},
		"nothing at all":             {"{}", "{}", true},
		"empty lists":                {"{match: {namespaces: []}}", "{match: {excludedNamespaces: [], scope: '*', source: All}}", true},
		"no parameters":              {"{}", "{parameters: {}}", true},
		"numbers":                    {"{parameters: {n: 1}}", "{parameters: {n: 1.0, mode: strict}}", true},
		"defaults of the schema":     {"{parameters: {list: [{}], more: {a: {}}}}", "{parameters: {mode: strict, list: [{n: 3}], more: {a: {on: true}}}}", true},
		"not the default":            {"{parameters: {list: []}}", "{parameters: {list: [], mode: lax}}", false},
		"rawJSON":                    {`{parameters: {rawJSON: '{"a": 1}'}}`, "{parameters: {a: 1, mode: strict}}", true},
		"another action":             {"{}", "{enforcementAction: warn}", false},
		"another match":              {"{match: {namespaces: [a]}}", "{match: {namespaces: [a, b]}}", false},
		"a selector":                 {"{}", "{match: {labelSelector: {matchLabels: {a: b}}}}", false},
		"a name":                     {"{}", "{match: {name: a}}", false},
		"other parameters":           {"{parameters: {a: [1]}}", "{parameters: {a: []}}", false},
		"scoped actions":             {"{}", "{scopedEnforcementActions: [{action: warn}]}", false},
	} {
		t.Run(name, func(t *testing.T) {
			wanted := read[kubermaticv1.Constraint](t, "{metadata: {name: x}, spec: "+tc.wanted+"}")
			got, err := policy.EqualConstraint(wanted, template, readObject(t, "{metadata: {name: x}, spec: "+tc.installed+", status: {totalViolations: 3}}"))
			if got != tc.want || err != nil {
				t.Errorf("equal: %v, %v", got, err)
			}
		})
	}
	wrong := &kubermaticv1.Constraint{Spec: kubermaticv1.ConstraintSpec{Parameters: map[string]apiextensionsv1.JSON{"rawJSON": {Raw: []byte("1")}}}}
	if _, err := policy.EqualConstraint(wrong, nil, &unstructured.Unstructured{}); err == nil {
		t.Error("want what KKP cannot sync to be an error")
	}
}

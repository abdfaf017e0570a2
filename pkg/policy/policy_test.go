package policy_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

func object(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	o := &unstructured.Unstructured{}
	data, err := yaml.YAMLToJSONStrict([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := o.UnmarshalJSON(data); err != nil {
		t.Fatal(err)
	}
	return o
}

// TestGatekeeperConstraint holds what KKP writes to a user cluster.
func TestGatekeeperConstraint(t *testing.T) {
	for name, tc := range map[string]struct{ spec, want string }{
		"empty selectors appear": {
			spec: "{constraintType: K}",
			want: "{match: {labelSelector: {}, namespaceSelector: {}}}",
		},
		"all of match": {
			spec: `{constraintType: K, match: {kinds: [{apiGroups: ["", apps], kinds: [Pod]}], scope: Namespaced, namespaces: [a], excludedNamespaces: ["kube-*"],
			  labelSelector: {matchLabels: {a: b}}, namespaceSelector: {matchExpressions: [{key: k, operator: In, values: [v]}]}}}`,
			want: `{match: {kinds: [{apiGroups: ["", apps], kinds: [Pod]}], scope: Namespaced, namespaces: [a], excludedNamespaces: ["kube-*"],
			  labelSelector: {matchLabels: {a: b}}, namespaceSelector: {matchExpressions: [{key: k, operator: In, values: [v]}]}}}`,
		},
		"parameters and action": {
			spec: "{constraintType: K, enforcementAction: warn, parameters: {labels: [a], max: 3, nested: {x: null, y: 1.5}}}",
			want: "{enforcementAction: warn, match: {labelSelector: {}, namespaceSelector: {}}, parameters: {labels: [a], max: 3, nested: {x: null, y: 1.5}}}",
		},
		"no parameters": {
			spec: "{constraintType: K, parameters: {}}",
			want: "{match: {labelSelector: {}, namespaceSelector: {}}}",
		},
		"rawJSON replaces all parameters": {
			spec: `{constraintType: K, parameters: {rawJSON: '{"labels":["gatekeeper"],"max":12345678901}', other: 1}}`,
			want: "{match: {labelSelector: {}, namespaceSelector: {}}, parameters: {labels: [gatekeeper], max: 12345678901}}",
		},
		"KKP's own fields stay behind": {
			spec: "{constraintType: K, disabled: true, selector: {providers: [aws], labelSelector: {matchLabels: {a: b}}}}",
			want: "{match: {labelSelector: {}, namespaceSelector: {}}}",
		},
	} {
		t.Run(name, func(t *testing.T) {
			in := object(t, "{apiVersion: kubermatic.k8c.io/v1, kind: Constraint, metadata: {name: c, namespace: cluster-x, labels: {a: b}, annotations: {c: d}}, spec: "+tc.spec+"}")
			constraint, _, err := policy.ReadConstraint(in)
			if err != nil {
				t.Fatal(err)
			}
			got, err := policy.GatekeeperConstraint(constraint)
			if err != nil {
				t.Fatal(err)
			}
			want := object(t, "{apiVersion: constraints.gatekeeper.sh/v1beta1, kind: K, metadata: {name: c}, spec: "+tc.want+"}")
			if diff := cmp.Diff(want.Object, plain(t, got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// plain reads an object back as JSON has it, with whole numbers as int64.
func plain(t *testing.T, o *unstructured.Unstructured) map[string]any {
	t.Helper()
	data, err := o.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return object(t, string(data)).Object
}

func TestReadAndCheckConstraint(t *testing.T) {
	const kkp = "apiVersion: kubermatic.k8c.io/v1\nkind: Constraint\nmetadata: {name: c}\nspec: "
	const gatekeeper = "apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: K8sA\nmetadata: {name: c}\nspec: "
	for name, tc := range map[string]struct{ text, want string }{
		"fine":              {kkp + "{constraintType: K, match: {scope: '*'}}", ""},
		"gatekeeper's form": {gatekeeper + "{match: {kinds: [{kinds: [Pod]}]}, parameters: {a: 1}}", ""},
		"without a spec":    {"apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: K8sA\nmetadata: {name: c}\n", ""},
		"name in match":     {gatekeeper + "{match: {name: x, source: All}}", "spec.match.name: unknown field: KKP would drop it without a word\nspec.match.source: unknown field: KKP would drop it without a word"},
		"scoped actions":    {gatekeeper + "{enforcementAction: scoped, scopedEnforcementActions: []}", "spec.scopedEnforcementActions: unknown field: KKP would drop it without a word"},
		"typo":              {kkp + "{constraintType: K, enforcmentAction: deny}", "spec.enforcmentAction: unknown field: KKP would drop it without a word"},
		"no name":           {kkpConstraint + "spec: {constraintType: K}", "metadata.name: missing"},
		"no type":           {kkp + "{}", "spec.constraintType: missing: the kind of the template, such as K8sRequiredLabels"},
		"action":            {kkp + "{constraintType: K, enforcementAction: denny}", `spec.enforcementAction: is "denny", want one of deny, dryrun, warn: Gatekeeper would enforce nothing`},
		"scope":             {kkp + "{constraintType: K, match: {scope: cluster}}", `spec.match.scope: is "cluster", want one of *, Cluster, Namespaced: Gatekeeper would match everything`},
		"wrong type":        {kkp + "{constraintType: 3}", "spec.constraintType: want a text, found a number"},
		"kinds no list":     {kkp + "{constraintType: K, match: {kinds: Pod}}", "spec.match.kinds: want a list, found a text"},
		"rawJSON no text":   {kkp + "{constraintType: K, parameters: {rawJSON: {a: 1}}}", "spec.parameters.rawJSON: want a text that holds a JSON object: KKP does not sync the constraint otherwise"},
		"rawJSON a list":    {kkp + "{constraintType: K, parameters: {rawJSON: '[1]'}}", `spec.parameters.rawJSON: does not hold a JSON object ("[1]"): KKP does not sync the constraint`},
		"rawJSON null":      {kkp + "{constraintType: K, parameters: {rawJSON: 'null'}}", `spec.parameters.rawJSON: does not hold a JSON object ("null"): KKP does not sync the constraint`},
		"other kind":        {"apiVersion: v1\nkind: Pod\n", `kind: want a Constraint of kubermatic.k8c.io or a constraint of constraints.gatekeeper.sh, found Pod of "v1"`},
	} {
		t.Run(name, func(t *testing.T) {
			constraint, _, err := policy.ReadConstraint(object(t, tc.text))
			if err == nil {
				err = policy.CheckConstraint(constraint)
			}
			if diff := cmp.Diff(tc.want, text(err)); diff != "" {
				t.Error(diff)
			}
			var field *policy.FieldError
			if err != nil && !errors.As(err, &field) {
				t.Errorf("%v leads to no field", err)
			}
		})
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestCompleteTemplate(t *testing.T) {
	in := object(t, `
apiVersion: kubermatic.k8c.io/v1
kind: ConstraintTemplate
metadata: {name: k, annotations: {a: b}, managedFields: [], uid: x, creationTimestamp: null}
spec:
  crd: {spec: {names: {kind: K}, validation: {openAPIV3Schema: {properties: {
    labels: {items: {properties: {key: {type: string}}}}, typed: {type: string}, map: {additionalProperties: {properties: {}}}}}}}}
  targets: [{rego: "package a", libs: ["package lib.b"]}]
status: {created: true}
`)
	template, _, err := policy.ReadTemplate(in)
	if err != nil {
		t.Fatal(err)
	}
	notes, err := policy.Complete(template)
	if err != nil {
		t.Fatal(err)
	}
	lines := []string{}
	for _, note := range notes {
		lines = append(lines, policy.PathString(note.Path)+" | "+note.Text)
	}
	const because = " was missing: Gatekeeper refuses the template without it, and KKP does not say so"
	schema := "spec.crd.spec.validation.openAPIV3Schema"
	want := []string{
		"spec.targets[0] | target was missing: admission.k8s.gatekeeper.sh is the one for Kubernetes objects",
		"spec.targets[0].rego | rego was turned into code: KKP refuses a target without code since 2.26",
		schema + " | type: object" + because,
		schema + ".properties.labels | type: array" + because,
		schema + ".properties.labels.items | type: object" + because,
		schema + ".properties.map | type: object" + because,
		schema + ".properties.map.additionalProperties | type: object" + because,
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
	got, err := policy.TemplateObject(template)
	if err != nil {
		t.Fatal(err)
	}
	wantObject := object(t, `
apiVersion: kubermatic.k8c.io/v1
kind: ConstraintTemplate
metadata: {name: k, annotations: {a: b}}
spec:
  crd: {spec: {names: {kind: K}, validation: {openAPIV3Schema: {type: object, properties: {
    labels: {type: array, items: {type: object, properties: {key: {type: string}}}}, typed: {type: string},
    map: {type: object, additionalProperties: {type: object, properties: {}}}}}}}}
  targets: [{target: admission.k8s.gatekeeper.sh, code: [{engine: Rego, source: {rego: "package a", libs: ["package lib.b"]}}]}]
`)
	if diff := cmp.Diff(wantObject.Object, plain(t, got)); diff != "" {
		t.Error(diff)
	}
	again, err := policy.Complete(template)
	if err != nil || len(again) != 0 {
		t.Errorf("completing twice: %v, %v", again, err)
	}
}

func TestCompleteLeavesLegacySchemas(t *testing.T) {
	in := object(t, `{apiVersion: kubermatic.k8c.io/v1, kind: ConstraintTemplate, metadata: {name: k},
	  spec: {crd: {spec: {names: {kind: K}, validation: {legacySchema: true, openAPIV3Schema: {properties: {a: {}}}}}}}}`)
	template, _, err := policy.ReadTemplate(in)
	if err != nil {
		t.Fatal(err)
	}
	if notes, err := policy.Complete(template); err != nil || len(notes) != 0 {
		t.Errorf("notes %v, error %v", notes, err)
	}
	rendered, err := policy.GatekeeperTemplate(template)
	if err != nil {
		t.Fatal(err)
	}
	if legacy, _, _ := unstructured.NestedBool(rendered.Object, "spec", "crd", "spec", "validation", "legacySchema"); !legacy {
		t.Error("legacySchema was lost")
	}
}

// TestGatekeeperTemplate holds what KKP writes to a user cluster: neither its
// own selector nor labels nor annotations, and the default of the schema.
func TestGatekeeperTemplate(t *testing.T) {
	const spec = `targets: [{target: t, libs: [l], code: [{engine: Rego, source: {rego: x, libs: [y], version: v1}}]}]`
	in := object(t, `{apiVersion: kubermatic.k8c.io/v1, kind: ConstraintTemplate, metadata: {name: k, labels: {a: b}, annotations: {c: d}},
	  spec: {selector: {providers: [aws], labelSelector: {}}, crd: {spec: {names: {kind: K, shortNames: [s]}}}, `+spec+`}}`)
	template, _, err := policy.ReadTemplate(in)
	if err != nil {
		t.Fatal(err)
	}
	got, err := policy.GatekeeperTemplate(template)
	if err != nil {
		t.Fatal(err)
	}
	want := object(t, `{apiVersion: templates.gatekeeper.sh/v1, kind: ConstraintTemplate, metadata: {name: k},
	  spec: {crd: {spec: {names: {kind: K, shortNames: [s]}, validation: {legacySchema: false}}}, `+spec+`}}`)
	if diff := cmp.Diff(want.Object, plain(t, got)); diff != "" {
		t.Error(diff)
	}
}

func TestReadAndCheckTemplate(t *testing.T) {
	const head = "apiVersion: kubermatic.k8c.io/v1\nkind: ConstraintTemplate\nmetadata: {name: k8sa}\nspec: "
	for name, tc := range map[string]struct{ text, want string }{
		"fine":       {head + "{crd: {spec: {names: {kind: K8sA}}}, targets: [{target: t, code: []}]}", ""},
		"name":       {head + "{crd: {spec: {names: {kind: K8sB}}}, targets: [{}]}", `metadata.name: is "k8sa", but a template's name must be its kind in lower case, "k8sb": Gatekeeper refuses it otherwise`},
		"no kind":    {head + "{targets: [{}]}", "spec.crd.spec.names.kind: missing: the kind of the constraints that this template makes"},
		"no target":  {head + "{crd: {spec: {names: {kind: K8sA}}}}", "spec.targets: want exactly one target, found 0"},
		"two":        {head + "{crd: {spec: {names: {kind: K8sA}}}, targets: [{}, {}]}", "spec.targets: want exactly one target, found 2"},
		"unknown":    {head + "{banana: 1, targets: [{regoo: x}]}", "spec.banana: unknown field: KKP would drop it without a word\nspec.targets[0].regoo: unknown field: KKP would drop it without a word"},
		"operations": {strings.Replace(head, "kubermatic.k8c.io", "templates.gatekeeper.sh", 1) + "{targets: [{operations: [CREATE]}]}", "spec.targets[0].operations: unknown field: KKP would drop it without a word"},
		"twice":      {head + "{crd: {spec: {names: {kind: K8sA}}}, targets: [{rego: x, code: [{engine: Rego, source: {rego: y}}]}]}", "spec.targets[0].rego: the target has Rego code twice, here and under code: keep one of them"},
		"other kind": {"apiVersion: kubermatic.k8c.io/v1\nkind: Constraint\n", `kind: want a ConstraintTemplate of kubermatic.k8c.io or of templates.gatekeeper.sh, found Constraint of "kubermatic.k8c.io/v1"`},
	} {
		t.Run(name, func(t *testing.T) {
			template, _, err := policy.ReadTemplate(object(t, tc.text))
			if err == nil {
				if _, err = policy.Complete(template); err == nil {
					err = policy.CheckTemplate(template)
				}
			}
			if diff := cmp.Diff(tc.want, text(err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPaths(t *testing.T) {
	path := []any{"spec", "targets", 0, "code", 12, "source"}
	if got := policy.PathString(path); got != "spec.targets[0].code[12].source" {
		t.Errorf("PathString = %s", got)
	}
	if diff := cmp.Diff(path, policy.ParsePath(policy.PathString(path))); diff != "" {
		t.Error(diff)
	}
}

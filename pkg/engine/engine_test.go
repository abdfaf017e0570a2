package engine

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// template makes a template of Rego, and of CEL too where that is given.
func template(kind, rego, cel string) *unstructured.Unstructured {
	code := []any{map[string]any{"engine": "Rego", "source": map[string]any{"rego": rego}}}
	if cel != "" {
		code = append(code, map[string]any{"engine": "K8sNativeValidation", "source": map[string]any{
			"validations": []any{map[string]any{"expression": cel, "message": "said by CEL"}},
		}})
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "templates.gatekeeper.sh/v1", "kind": "ConstraintTemplate",
		"metadata": map[string]any{"name": strings.ToLower(kind)},
		"spec": map[string]any{
			"crd": map[string]any{"spec": map[string]any{
				"names":      map[string]any{"kind": kind},
				"validation": map[string]any{"openAPIV3Schema": map[string]any{"type": "object"}},
			}},
			"targets": []any{map[string]any{"target": "admission.k8s.gatekeeper.sh", "code": code}},
		},
	}}
}

func constraint(kind, name string, spec map[string]any) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "constraints.gatekeeper.sh/v1beta1", "kind": kind,
		"metadata": map[string]any{"name": name}, "spec": spec,
	}}
}

func configMap(namespace, name string, labels map[string]any) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"namespace": namespace, "name": name, "labels": labels},
	}}
}

const named = "package a\nviolation[{\"msg\": m, \"details\": {\"of\": input.review.operation}}] { m := input.review.object.metadata.name }\n"

// told says what of the request Rego sees.
const told = `package a
violation[{"msg": m}] {
	r := input.review
	old := object.get(object.get(r.oldObject, "metadata", {}), "name", "-")
	m := sprintf("%v %v %v %v %v %v", [r.kind.kind, r.name, object.get(r, "namespace", "-"), r.operation, r.object.metadata.name, old])
}
violation[{"msg": m}] {
	r := input.review
	r.oldObject == null
	m := sprintf("%v %v %v %v %v null", [r.kind.kind, r.name, object.get(r, "namespace", "-"), r.operation, r.object.metadata.name])
}
`

func TestReview(t *testing.T) {
	object := configMap("shop", "one", map[string]any{"a": "1", "b": "2"})
	shop := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop", Labels: map[string]string{"team": "x"}}}
	raw, err := object.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	deletion := &admissionv1.AdmissionRequest{
		Name: "one", Namespace: "shop", Operation: admissionv1.Delete, OldObject: runtime.RawExtension{Raw: raw},
		Kind: metav1.GroupVersionKind{Version: "v1", Kind: "ConfigMap"},
	}
	for name, tc := range map[string]struct {
		options    Options
		template   *unstructured.Unstructured
		constraint map[string]any
		object     Object
		violations []Result
		rejects    []Result
		unmatched  bool
	}{
		"violation": {
			template: template("A", named, ""), object: Object{Manifest: object},
			violations: []Result{{Message: "one", Details: map[string]any{"of": ""}, Action: "deny"}},
		},
		"no match": {
			template: template("A", named, ""), object: Object{Manifest: object},
			constraint: map[string]any{"match": map[string]any{"namespaces": []any{"other"}}},
			unmatched:  true,
		},
		"could not be matched": {
			template: template("A", named, ""), object: Object{Manifest: object},
			constraint: map[string]any{"enforcementAction": "warn", "match": map[string]any{
				"namespaceSelector": map[string]any{"matchLabels": map[string]any{"team": "x"}},
			}},
			rejects: []Result{{
				Message: "unable to match constraints: error matching the requested object: one :failed to run Match criteria: namespace selector for namespace-scoped object but missing Namespace",
				Action:  "warn",
			}},
		},
		"could not be evaluated": {
			template: template("A", "package a\nv = x { x := input.review.object.metadata.labels[_] }\nviolation[{\"msg\": v}]\n", ""), object: Object{Manifest: object},
			rejects: []Result{{Message: "template:2: eval_conflict_error: rule data.template.v produced conflicting values:\n  \"1\" at template:2\n  \"2\" at template:2", Action: "deny"}},
		},
		"a message like an error": {
			template: template("A", "package a\nviolation[{\"msg\": \"unable to match constraints: x\", \"details\": null}]\n", ""), object: Object{Manifest: object},
			violations: []Result{{Message: "unable to match constraints: x", Action: "deny"}},
		},
		"scoped": {
			template: template("A", named, ""), object: Object{Manifest: object},
			constraint: map[string]any{"enforcementAction": "scoped", "scopedEnforcementActions": []any{
				map[string]any{"action": "warn", "enforcementPoints": []any{map[string]any{"name": string(Audit)}}},
			}},
			violations: []Result{{Message: "one", Details: map[string]any{"of": ""}, Action: "scoped", Scoped: []string{"warn"}}},
		},
		"scoped, elsewhere": {
			options:  Options{Point: Webhook},
			template: template("A", named, ""), object: Object{Manifest: object}, unmatched: true,
			constraint: map[string]any{"enforcementAction": "scoped", "scopedEnforcementActions": []any{
				map[string]any{"action": "warn", "enforcementPoints": []any{map[string]any{"name": string(Audit)}}},
			}},
		},
		"CEL before Rego": {
			template: template("A", named, "false"), object: Object{Manifest: object},
			violations: []Result{{Message: "said by CEL", Action: "deny"}},
		},
		"Rego alone": {
			options:  Options{Target: Version{behind: newest - oldest}},
			template: template("A", named, "false"), object: Object{Manifest: object},
			violations: []Result{{Message: "one", Details: map[string]any{"of": ""}, Action: "deny"}},
		},
		"deletion": {
			options:  Options{Point: Webhook},
			template: template("A", named, ""), object: Object{Request: deletion},
			violations: []Result{{Message: "one", Details: map[string]any{"of": "DELETE"}, Action: "deny"}},
		},
		"namespaceObject": {
			template: template("A", "package a\nviolation[{\"msg\": input.review.namespaceObject.metadata.labels.team}]\n", ""),
			object:   Object{Manifest: object, Namespace: shop}, violations: []Result{{Message: "x", Details: map[string]any{}, Action: "deny"}},
		},
		"namespaceObject, gator": {
			options:  Options{Point: Gator},
			template: template("A", "package a\nviolation[{\"msg\": input.review.namespaceObject.metadata.labels.team}]\n", ""),
			object:   Object{Manifest: object, Namespace: shop},
		},
		"inventory": {
			template: template("A", "package a\nviolation[{\"msg\": m}] { data.inventory.namespace.shop.v1.ConfigMap[m] }\n", ""), object: Object{Manifest: object},
			violations: []Result{{Message: "stored", Details: map[string]any{}, Action: "deny"}},
		},
		"generated": {
			template: template("A", named, ""), object: Object{Manifest: object, Generated: true}, unmatched: true,
			constraint: map[string]any{"match": map[string]any{"source": "Original"}},
		},
		"generated, at the webhook": {
			options:  Options{Point: Webhook},
			template: template("A", told, ""), object: Object{Manifest: object, Generated: true, Operation: admissionv1.Update},
			constraint: map[string]any{"match": map[string]any{"source": "Generated"}},
			violations: []Result{{Message: `ConfigMap one shop UPDATE one null`, Details: map[string]any{}, Action: "deny"}},
		},
		"generated of a deletion": {
			options:  Options{Point: Webhook},
			template: template("A", told, ""), object: Object{Manifest: object, Generated: true, Operation: admissionv1.Delete},
			violations: []Result{{Message: `ConfigMap one shop DELETE one one`, Details: map[string]any{}, Action: "deny"}},
		},
		"a manifest at the webhook": {
			options:  Options{Point: Webhook},
			template: template("A", told, ""), object: Object{Manifest: object},
			constraint: map[string]any{"match": map[string]any{"source": "Original"}},
			violations: []Result{{Message: `ConfigMap one shop CREATE one null`, Details: map[string]any{}, Action: "deny"}},
		},
		"a Namespace at the webhook": {
			options:  Options{Point: Webhook},
			template: template("A", told, ""),
			object: Object{Manifest: &unstructured.Unstructured{Object: map[string]any{
				"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": "n", "namespace": "n"},
			}}},
			violations: []Result{{Message: `Namespace n - CREATE n null`, Details: map[string]any{}, Action: "deny"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			if tc.options.Point == "" {
				tc.options.Point = Audit
			}
			engine, err := New(tc.options)
			if err != nil {
				t.Fatal(err)
			}
			if tc.constraint == nil {
				tc.constraint = map[string]any{}
			}
			for _, err := range []error{
				engine.AddTemplate(ctx, tc.template),
				engine.AddConstraint(ctx, constraint("A", "c", tc.constraint)),
				engine.AddData(ctx, configMap("shop", "stored", nil)),
			} {
				if err != nil {
					t.Fatal(err)
				}
			}
			got, err := engine.Review(ctx, tc.object)
			if err != nil {
				t.Fatal(err)
			}
			for _, results := range [][]Result{got.Violations, got.Autorejects} {
				for i := range results {
					if name := results[i].Constraint.GetName(); name != "c" {
						t.Errorf("constraint %q", name)
					}
					results[i].Constraint = nil
				}
			}
			want := Results{Violations: tc.violations, Autorejects: tc.rejects, Matched: 1}
			if tc.unmatched {
				want.Matched = 0
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestErrors(t *testing.T) {
	ctx := context.Background()
	engine, err := New(Options{Point: Audit, DisabledBuiltins: []string{"http.send"}})
	if err != nil {
		t.Fatal(err)
	}
	bad := configMap("", "x", nil)
	bad.SetAPIVersion("")
	for what, tc := range map[string]struct {
		err  error
		want string
	}{
		"template":   {engine.AddTemplate(ctx, template("A", "package a\nviolation[{\"msg\": m}] { http.send({\"url\": \"\"}, m) }\n", "")), `adding template "a": `},
		"constraint": {engine.AddConstraint(ctx, constraint("B", "c", nil)), `adding constraint B "c": `},
		"data":       {engine.AddData(ctx, bad), `adding ConfigMap /x to the inventory: `},
		"nothing":    {func() error { _, err := engine.Review(ctx, Object{}); return err }(), "reviewing: no object"},
		"review": {func() error {
			_, err := engine.Review(ctx, Object{Request: &admissionv1.AdmissionRequest{Operation: admissionv1.Delete}})
			return err
		}(), "reviewing: "},
	} {
		if tc.err == nil || !strings.HasPrefix(tc.err.Error(), tc.want) {
			t.Errorf("%s: got %v, want %q", what, tc.err, tc.want)
		}
	}
}

// TestOrder: results of a constraint stay in the template's order, however many
// there are, and those of engines do not depend on which is asked first.
func TestOrder(t *testing.T) {
	ctx := context.Background()
	engine, err := New(Options{Point: Audit})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"B cel said by CEL"}
	for _, made := range []*unstructured.Unstructured{
		template("A", "package a\nviolation[{\"msg\": m, \"details\": {\"n\": n}}] { n := numbers.range(10, 40)[_]; m := sprintf(\"%d\", [n]) }\n", ""),
		template("B", named, "false"),
	} {
		if err := engine.AddTemplate(ctx, made); err != nil {
			t.Fatal(err)
		}
	}
	for _, made := range []*unstructured.Unstructured{constraint("B", "cel", map[string]any{}), constraint("A", "y", map[string]any{}), constraint("A", "x", map[string]any{})} {
		if err := engine.AddConstraint(ctx, made); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"y", "x"} {
		texts := []string{}
		for i := 10; i <= 40; i++ {
			texts = append(texts, fmt.Sprintf("A %s %d", name, i))
		}
		want = append(texts, want...)
	}
	for range 10 {
		results, err := engine.Review(ctx, Object{Manifest: configMap("shop", "one", nil)})
		if err != nil {
			t.Fatal(err)
		}
		got := []string{}
		for _, each := range results.Violations {
			got = append(got, each.Constraint.GetKind()+" "+each.Constraint.GetName()+" "+each.Message)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	}
}

// TestNamespaces: what is remembered of namespaces is theirs, and has an end.
func TestNamespaces(t *testing.T) {
	known := knownNamespaces{}
	for i := range 2*mostNamespaces + 1 {
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint(i)}}
		for range 2 {
			fields, err := known.fields(namespace)
			if err != nil {
				t.Fatal(err)
			}
			if name, _, _ := unstructured.NestedString(fields, "metadata", "name"); name != namespace.Name {
				t.Fatalf("got namespace %q, want %q", name, namespace.Name)
			}
		}
	}
	if len(known.known) != 1 {
		t.Errorf("%d are remembered", len(known.known))
	}
}

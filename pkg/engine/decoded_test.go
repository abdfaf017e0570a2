package engine

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// hostile are values where others are expected, made anew. The last are none
// that come out of JSON, or that JSON changes.
func hostile() []any {
	return []any{
		nil, true, "", "x", "shop", "sho*", "v1", "apps/v1", "a/b/c", "/", "ConfigMap", "Namespace", "List", "ä\u2028<&>", "\x00",
		int64(0), int64(-7), int64(1000000), int64(9007199254740993), 0.5, 1.0, 1e21, math.Copysign(0, -1),
		map[string]any{}, map[string]any{"a": "1"}, map[string]any{"a": nil, "b": int64(1)}, map[string]any{"name": "x", "namespace": "shop"},
		[]any{}, []any{"x", nil}, []any{map[string]any{"kind": "ConfigMap"}},
		math.NaN(), math.Inf(1), "\xff", "a\xc0\xc1b", map[string]any{"\xff": "1", "\xfe": "2"}, map[string]any(nil), []any(nil), 7, float32(1.5), []string{"x"},
		deep(deepest + 3),
	}
}

func deep(levels int) any {
	value := any("x")
	for range levels {
		value = []any{value}
	}
	return value
}

// places are where Gatekeeper looks, and where only policies do.
var places = [][]string{
	{"apiVersion"}, {"kind"}, {"metadata"}, {"items"}, {"spec"}, {"metadata", "name"}, {"metadata", "generateName"}, {"metadata", "namespace"},
	{"metadata", "labels"}, {"metadata", "labels", "a"}, {"metadata", "annotations"}, {"spec", "n"}, {"spec", "list"},
}

// mutant is an object with up to three hostile values; the same for the same
// source.
func mutant(source *rand.Rand) *unstructured.Unstructured {
	object := configMap("shop", "one", map[string]any{"a": "1", "b": "2"})
	object.Object["spec"] = map[string]any{"n": int64(1), "list": []any{int64(1), 2.5}}
	if source.IntN(4) == 0 {
		object = &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": "shop", "labels": map[string]any{"a": "1"}},
		}}
	}
	for range source.IntN(4) {
		place := places[source.IntN(len(places))]
		if source.IntN(4) == 0 {
			unstructured.RemoveNestedField(object.Object, place...)
			continue
		}
		fields := object.Object
		for _, name := range place[:len(place)-1] {
			below, ok := fields[name].(map[string]any)
			if !ok || below == nil {
				below = map[string]any{}
				fields[name] = below
			}
			fields = below
		}
		values := hostile()
		fields[place[len(place)-1]] = values[source.IntN(len(values))]
	}
	return object
}

// watchful is an engine whose policies tell all that they see, with every
// criterion of matching.
func watchful(t *testing.T, point Point) *Engine {
	t.Helper()
	ctx := context.Background()
	engine, err := New(Options{Point: point})
	if err != nil {
		t.Fatal(err)
	}
	add := func(kind, name string, match map[string]any) {
		t.Helper()
		spec := map[string]any{}
		if match != nil {
			spec["match"] = match
		}
		if err := engine.AddConstraint(ctx, constraint(kind, name, spec)); err != nil {
			t.Fatal(err)
		}
	}
	for _, made := range []*unstructured.Unstructured{
		template("Told", "package a\nviolation[{\"msg\": m, \"details\": {\"review\": input.review}}] { m := sprintf(\"%v\", [input.review]) }\n", ""),
		template("Seen", "package a\nviolation[{\"msg\": \"rego\"}]\n", `object == null || object.metadata.name == "two" || object.spec.n > 1`),
	} {
		if err := engine.AddTemplate(ctx, made); err != nil {
			t.Fatal(err)
		}
	}
	for _, kind := range []string{"Told", "Seen"} {
		add(kind, "any", nil)
		add(kind, "empty", map[string]any{})
	}
	for name, match := range map[string]map[string]any{
		"kinds":      {"kinds": []any{map[string]any{"apiGroups": []any{""}, "kinds": []any{"ConfigMap"}}}},
		"namespaced": {"scope": "Namespaced"}, "cluster": {"scope": "Cluster"},
		"namespaces": {"namespaces": []any{"sho*"}}, "excluded": {"excludedNamespaces": []any{"shop"}},
		"labels":   {"labelSelector": map[string]any{"matchLabels": map[string]any{"a": "1"}}},
		"selector": {"namespaceSelector": map[string]any{"matchExpressions": []any{map[string]any{"key": "team", "operator": "Exists"}}}},
		"name":     {"name": "x*"}, "original": {"source": "Original"}, "generated": {"source": "Generated"},
	} {
		add("Told", name, match)
	}
	if err := engine.AddData(ctx, &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": "x", "labels": map[string]any{"team": "y"}},
	}}); err != nil {
		t.Fatal(err)
	}
	return engine
}

// TestDecoded reviews objects as they are and as Gatekeeper takes them.
func TestDecoded(t *testing.T) {
	shop := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop", Labels: map[string]string{"team": "x"}}}
	for _, point := range []Point{Webhook, Audit, Gator} {
		t.Run(string(point), func(t *testing.T) {
			engine := watchful(t, point)
			source := rand.New(rand.NewPCG(1, 2))
			decoded, found, failed := 0, 0, 0
			for range 200 {
				object := Object{Manifest: mutant(source), Generated: source.IntN(3) == 0}
				if source.IntN(2) == 0 {
					object.Namespace = shop
				}
				if object.Generated {
					object.Operation = []admissionv1.Operation{"", admissionv1.Create, admissionv1.Update, admissionv1.Delete}[source.IntN(4)]
				}
				if _, ok := decode(object, point); ok {
					decoded++
				}
				want, wantErr := plainly(engine, object)
				got, gotErr := engine.Review(context.Background(), object)
				// Not cmp: it does not come to an end with what is that deep.
				if fmt.Sprint(wantErr) != fmt.Sprint(gotErr) || !reflect.DeepEqual(want, got) {
					t.Fatalf("%v\nwant %v, %v\ngot  %v, %v", object.Manifest.Object, want, wantErr, got, gotErr)
				}
				found += len(got.Violations)
				failed += len(got.Autorejects)
			}
			t.Logf("%d decoded, %d violations, %d autorejects", decoded, found, failed)
			if decoded < 80 || decoded > 180 || found < 400 || failed < 30 {
				t.Error("the objects are not what they are meant to be")
			}
		})
	}
}

// plainly reviews an object through JSON, as Gatekeeper does.
func plainly(engine *Engine, object Object) (Results, error) {
	asked, err := object.asked(engine.point)
	if err != nil {
		return Results{}, err
	}
	return engine.review(context.Background(), asked, object.Namespace)
}

// TestDeletion: what Gatekeeper's CEL engine does to the request of a deletion
// makes no difference to Rego, whoever is asked first.
func TestDeletion(t *testing.T) {
	engine := watchful(t, Webhook)
	text, err := configMap("shop", "one", nil).MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	request := &admissionv1.AdmissionRequest{Operation: admissionv1.Delete, Kind: metav1.GroupVersionKind{Version: "v1", Kind: "ConfigMap"}}
	request.OldObject.Raw = text
	before := request.DeepCopy()
	for range 20 {
		results, err := engine.Review(context.Background(), Object{Request: request})
		if err != nil {
			t.Fatal(err)
		}
		for _, violation := range results.Violations {
			if violation.Constraint.GetKind() == "Told" && !strings.Contains(violation.Message, `"object": {"apiVersion"`) {
				t.Fatalf("got %s", violation.Message)
			}
		}
	}
	if diff := cmp.Diff(before, request); diff != "" {
		t.Errorf("the request was changed: %s", diff)
	}
}

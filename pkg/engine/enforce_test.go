package engine

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	admissionv1 "k8s.io/api/admission/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// TestExcluded wants the reason, and what other points do instead.
func TestExcluded(t *testing.T) {
	const label = "admission.gatekeeper.sh/ignore"
	byLabel := `Namespace "shop" has the label admission.gatekeeper.sh/ignore: the API server does not ask the webhook`
	byConfig := func(what, point, pattern, process string) string {
		return fmt.Sprintf("the Config excludes %s from %s: its spec.match has %q for the process %q", what, point, pattern, process)
	}
	ignored := namespace("shop", map[string]any{label: "yes"})
	inShop := configMap("shop", "one", nil)
	for name, tc := range map[string]struct {
		point       Point
		given       *unstructured.Unstructured
		object      *unstructured.Unstructured
		excluded    string
		differences []Difference
	}{
		"nothing":                        {Webhook, namespace("shop", nil), inShop, "", nil},
		"the label, webhook":             {Webhook, ignored, inShop, byLabel, []Difference{{Points: []Point{Audit, Gator}, Why: byLabel}}},
		"the label, audit":               {Audit, ignored, inShop, "", []Difference{{Points: []Point{Webhook}, Why: byLabel}}},
		"the label, gator":               {Gator, ignored, inShop, "", []Difference{{Points: []Point{Webhook}, Why: byLabel}}},
		"the label, elsewhere":           {Webhook, ignored, configMap("other", "one", nil), "", nil},
		"the label, of the cluster":      {Webhook, ignored, object("v1", "Node", "shop", nil), "", nil},
		"a Namespace with the label":     {Webhook, namespace("shop", nil), ignored, byLabel, []Difference{{Points: []Point{Audit, Gator}, Why: byLabel}}},
		"a Namespace that had the label": {Webhook, ignored, namespace("shop", nil), "", nil},
		"Gatekeeper's own namespace": {
			Webhook, namespace("shop", nil), configMap("gatekeeper-system", "one", nil),
			`"gatekeeper-system" is Gatekeeper's own namespace: the API server does not ask the webhook`,
			[]Difference{{Points: []Point{Audit, Gator}, Why: `"gatekeeper-system" is Gatekeeper's own namespace: the API server does not ask the webhook`}},
		},
		"a Config, webhook": {
			Webhook, excluding("sh*", "webhook"), inShop, byConfig(`namespace "shop"`, "the webhook", "sh*", "webhook"),
			[]Difference{{Points: []Point{Audit, Gator}, Why: byConfig(`namespace "shop"`, "the webhook", "sh*", "webhook")}},
		},
		"a Config for the webhook, audit": {
			Audit, excluding("sh*", "webhook"), inShop, "",
			[]Difference{{Points: []Point{Webhook}, Why: byConfig(`namespace "shop"`, "the webhook", "sh*", "webhook")}},
		},
		"a Config for all, audit": {
			Audit, excluding("shop", "*"), inShop, byConfig(`namespace "shop"`, "the audit", "shop", "audit"),
			[]Difference{{Points: []Point{Gator}, Why: byConfig(`namespace "shop"`, "the audit", "shop", "audit")}},
		},
		"a Config for all, gator": {
			Gator, excluding("shop", "*"), inShop, "",
			[]Difference{
				{Points: []Point{Webhook}, Why: byConfig(`namespace "shop"`, "the webhook", "shop", "webhook")},
				{Points: []Point{Audit}, Why: byConfig(`namespace "shop"`, "the audit", "shop", "audit")},
			},
		},
		"a Config and what is in no namespace": {
			Webhook, excluding("*", "webhook"), object("v1", "Node", "node", nil), byConfig("what is in no namespace", "the webhook", "*", "webhook"),
			[]Difference{{Points: []Point{Audit, Gator}, Why: byConfig("what is in no namespace", "the webhook", "*", "webhook")}},
		},
		"a Config that is about another one": {Webhook, excluding("other", "*"), inShop, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			enforcer := newEnforcer(t, Options{Point: tc.point})
			add(t, enforcer, template("A", named, ""), constraint("A", "a", map[string]any{}), tc.given)
			verdict, err := enforcer.Review(t.Context(), Object{Manifest: tc.object})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.excluded, verdict.Excluded); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tc.differences, verdict.Differences); diff != "" {
				t.Error(diff)
			}
			if asked := verdict.Matched == 1 && len(verdict.Violations) == 1; asked != (tc.excluded == "") {
				t.Errorf("found %+v", verdict.Results)
			}
		})
	}
}

// TestDisplaced tells what gator makes of the scope of objects, from both sides.
func TestDisplaced(t *testing.T) {
	const gives = `gator gives what is in no namespace a Namespace without a name: A "a", with `
	node := object("v1", "Node", "node", nil)
	for name, tc := range map[string]struct {
		match  map[string]any
		object *unstructured.Unstructured
		want   string
	}{
		"no match":         {map[string]any{}, node, ""},
		"scope":            {map[string]any{"scope": "Cluster"}, node, gives + `scope "Cluster", does not match there`},
		"the other scope":  {map[string]any{"scope": "Namespaced"}, node, gives + `scope "Namespaced", matches there alone`},
		"any scope":        {map[string]any{"scope": "*"}, node, ""},
		"namespaces":       {map[string]any{"namespaces": []any{"a"}}, node, gives + `namespaces, does not match there`},
		"a star":           {map[string]any{"excludedNamespaces": []any{"*"}}, node, gives + `excludedNamespaces, does not match there`},
		"excluded ones":    {map[string]any{"excludedNamespaces": []any{"a"}}, node, ""},
		"a selector":       {map[string]any{"scope": "*", "namespaceSelector": map[string]any{"matchLabels": map[string]any{"a": "b"}}}, node, gives + `scope "*" and namespaceSelector, does not match there`},
		"other kinds":      {map[string]any{"scope": "Cluster", "kinds": []any{map[string]any{"apiGroups": []any{""}, "kinds": []any{"Pod"}}}}, node, ""},
		"in a namespace":   {map[string]any{"scope": "Cluster"}, configMap("shop", "one", nil), ""},
		"a Namespace":      {map[string]any{"scope": "Cluster"}, namespace("shop", nil), ""},
		"labels do not do": {map[string]any{"labelSelector": map[string]any{"matchLabels": map[string]any{"a": "b"}}}, node, ""},
	} {
		t.Run(name, func(t *testing.T) {
			for _, point := range reviewing {
				enforcer := newEnforcer(t, Options{Point: point})
				add(t, enforcer, template("A", named, ""), constraint("A", "a", map[string]any{"match": tc.match}))
				verdict, err := enforcer.Review(t.Context(), Object{Manifest: tc.object})
				if err != nil {
					t.Fatal(err)
				}
				want := []Difference(nil)
				switch {
				case tc.want == "":
				case point == Gator:
					want = []Difference{{Points: []Point{Webhook, Audit}, Why: tc.want}}
				default:
					want = []Difference{{Points: []Point{Gator}, Why: tc.want}}
				}
				if diff := cmp.Diff(want, verdict.Differences); diff != "" {
					t.Errorf("%s: %s", point, diff)
				}
			}
		})
	}
}

// request asks for something to be done with an object.
func request(t *testing.T, operation admissionv1.Operation, object, old *unstructured.Unstructured) *admissionv1.AdmissionRequest {
	t.Helper()
	request := &admissionv1.AdmissionRequest{Operation: operation, UserInfo: authenticationv1.UserInfo{Username: "jane"}}
	for _, part := range []struct {
		object *unstructured.Unstructured
		raw    *runtime.RawExtension
	}{{old, &request.OldObject}, {object, &request.Object}} {
		if part.object == nil {
			continue
		}
		text, err := json.Marshal(part.object)
		if err != nil {
			t.Fatal(err)
		}
		part.raw.Raw = text
		request.Name, request.Namespace = part.object.GetName(), part.object.GetNamespace()
		request.Kind = metav1.GroupVersionKind(part.object.GroupVersionKind())
	}
	return request
}

const looking = `package a
violation[{"msg": msg}] { msg := sprintf("%v %v by %v in %v of %v", [input.review.operation, input.review.object.metadata.name, object.get(input.review, ["userInfo", "username"], "nobody"), object.get(input.review, "namespace", "none"), object.get(input.review, ["namespaceObject", "metadata", "labels"], {})]) }
`

// TestRequests shows what the webhook makes of requests and of manifests.
func TestRequests(t *testing.T) {
	shop := namespace("shop", map[string]any{"team": "a"})
	inShop := configMap("shop", "one", nil)
	misplaced := request(t, admissionv1.Create, shop, nil)
	misplaced.Namespace = "shop"
	for name, tc := range map[string]struct {
		object Object
		want   []string
	}{
		"a manifest": {Object{Manifest: inShop}, []string{`CREATE one by nobody in shop of {"kubernetes.io/metadata.name": "shop", "team": "a"}`}},
		"an update": {
			Object{Request: request(t, admissionv1.Update, inShop, inShop)},
			[]string{`UPDATE one by jane in shop of {"kubernetes.io/metadata.name": "shop", "team": "a"}`},
		},
		"a deletion": {
			Object{Request: request(t, admissionv1.Delete, nil, inShop)},
			[]string{`DELETE one by jane in shop of {"kubernetes.io/metadata.name": "shop", "team": "a"}`},
		},
		"a Namespace":                  {Object{Manifest: shop}, []string{`CREATE shop by nobody in none of {}`}},
		"a Namespace in its namespace": {Object{Request: misplaced}, []string{`CREATE shop by jane in none of {}`}},
		"an expansion": {
			Object{Request: request(t, admissionv1.Update, deployment(), deployment())},
			[]string{
				`UPDATE web by jane in shop of {"kubernetes.io/metadata.name": "shop", "team": "a"}`,
				`[Implied by pods] UPDATE web-pod by nobody in shop of {"kubernetes.io/metadata.name": "shop", "team": "a"}`,
			},
		},
		"what is expanded when it is deleted": {
			Object{Request: request(t, admissionv1.Delete, nil, deployment())},
			[]string{
				`DELETE web by jane in shop of {"kubernetes.io/metadata.name": "shop", "team": "a"}`,
				`[Implied by pods] DELETE web-pod by nobody in shop of {"kubernetes.io/metadata.name": "shop", "team": "a"}`,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			enforcer := newEnforcer(t, Options{Point: Webhook})
			add(t, enforcer, template("A", looking, ""), constraint("A", "a", map[string]any{}), podsOfDeployments(), shop)
			before := tc.object.Request.DeepCopy()
			verdict, err := enforcer.Review(t.Context(), tc.object)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, messages(verdict)); diff != "" {
				t.Error(diff)
			}
			told := []Difference(nil)
			if operation := tc.object.Request; operation != nil && operation.Operation == admissionv1.Delete {
				told = []Difference{{Why: "Gatekeeper's release asks the webhook about CREATE and UPDATE: about DELETE a cluster asks it only if its configuration is another one"}}
			}
			if diff := cmp.Diff(told, verdict.Differences); diff != "" {
				t.Error(diff)
			}
			parts := []string{}
			for _, part := range verdict.Parts {
				parts = append(parts, messages(Verdict{Results: part})...)
			}
			if expanded := len(tc.want) > 1; len(verdict.Parts) == len(tc.want) != expanded || expanded && !slices.Equal(parts, tc.want) {
				t.Errorf("found the parts %+v", verdict.Parts)
			}
			if diff := cmp.Diff(before, tc.object.Request); diff != "" {
				t.Errorf("the request was changed: %s", diff)
			}
		})
	}
}

func TestReviewRefuses(t *testing.T) {
	inShop := configMap("shop", "one", nil)
	broken := request(t, admissionv1.Create, inShop, nil)
	broken.Object.Raw = []byte("{")
	unexpandable := deployment()
	unstructured.RemoveNestedField(unexpandable.Object, "spec", "template")
	for name, tc := range map[string]struct {
		point      Point
		object     Object
		want, next string
	}{
		"nothing": {Audit, Object{}, "reviewing: no object", ""},
		"a request in the audit": {
			Audit, Object{Request: request(t, admissionv1.Create, inShop, nil)},
			`reviewing request "one": it is for the webhook, and this is the audit`, "use --as webhook, or the object itself",
		},
		"a request without its object": {
			Webhook, Object{Request: &admissionv1.AdmissionRequest{Name: "one", Operation: admissionv1.Delete}}, "oldObject cannot be nil for DELETE operations", "",
		},
		"a broken request": {Webhook, Object{Request: broken}, `reviewing request "one": reading its object: `, ""},
		"what cannot be expanded": {
			Audit, Object{Manifest: unexpandable}, `reviewing Deployment shop/web: expanding it: could not find source field "spec.template" in resource web`, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			enforcer := newEnforcer(t, Options{Point: tc.point})
			add(t, enforcer, template("A", named, ""), constraint("A", "a", map[string]any{}), podsOfDeployments())
			verdict, err := enforcer.Review(t.Context(), tc.object)
			wantError(t, err, tc.want, tc.next)
			if diff := cmp.Diff(Verdict{}, verdict); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// labelling is a mutator of the kind.
func labelling(kind string, spec map[string]any) *unstructured.Unstructured {
	return object("mutations.gatekeeper.sh/v1", kind, "mutator", spec)
}

// TestMutated shows the object that gator leaves behind, and that the others leave it as it is.
func TestMutated(t *testing.T) {
	pods := []any{map[string]any{"groups": []any{""}, "kinds": []any{"Pod"}, "versions": []any{"v1"}}}
	mutators := []*unstructured.Unstructured{
		labelling("AssignMetadata", map[string]any{"location": "metadata.labels.mutated", "parameters": map[string]any{"assign": map[string]any{"value": "yes"}}}),
		labelling("Assign", map[string]any{"applyTo": pods, "location": "spec.dnsPolicy", "parameters": map[string]any{"assign": map[string]any{"value": "None"}}}),
		labelling("ModifySet", map[string]any{"applyTo": pods, "location": "spec.finalizers", "parameters": map[string]any{"operation": "merge", "values": map[string]any{"fromList": []any{"a"}}}}),
		labelling("AssignImage", map[string]any{"applyTo": pods, "location": "spec.image", "parameters": map[string]any{"assignDomain": "example.com"}}),
	}
	mutators[3].SetAPIVersion("mutations.gatekeeper.sh/v1alpha1")
	const shown = "package a\nviolation[{\"msg\": msg}] { msg := sprintf(\"%v %v %v\", [input.review.object.kind, object.get(input.review.object.metadata, \"labels\", {}), object.get(input.review.object, \"spec\", {})]) }\n"
	for _, point := range reviewing {
		enforcer := newEnforcer(t, Options{Point: point})
		add(t, enforcer, template("A", shown, ""), constraint("A", "a", map[string]any{}), podsOfDeployments())
		add(t, enforcer, mutators...)
		given := deployment()
		pod := given.Object["spec"].(map[string]any)["template"].(map[string]any)
		pod["spec"] = map[string]any{"image": "web"}
		before := given.DeepCopy()
		verdict, err := enforcer.Review(t.Context(), Object{Manifest: given})
		if err != nil {
			t.Fatal(err)
		}
		want := []string{
			`Deployment {} {"template": {"metadata": {"labels": {"app": "web"}}, "spec": {"image": "web"}}}`,
			`[Implied by pods] Pod {"app": "web", "mutated": "yes"} {"dnsPolicy": "None", "finalizers": ["a"], "image": "example.com/web"}`,
		}
		if diff := cmp.Diff(want, messages(verdict)); diff != "" {
			t.Errorf("%s: %s", point, diff)
		}
		if diff := cmp.Diff(before, given); diff != "" {
			t.Errorf("%s: the object was changed: %s", point, diff)
		}
		mutated := before.DeepCopy()
		mutated.SetLabels(map[string]string{"mutated": "yes"})
		told := 0
		if point != Gator {
			mutated, told = nil, len(mutators)
		}
		if diff := cmp.Diff(mutated, verdict.Mutated); diff != "" {
			t.Errorf("%s: %s", point, diff)
		}
		if found := len(enforcer.Differences()); found != told {
			t.Errorf("%s: want a word about each of %d mutators, found %d", point, told, found)
		}
		if point != Gator {
			continue
		}
		verdict, err = enforcer.Review(t.Context(), Object{Manifest: mutated})
		if err != nil || verdict.Mutated != nil {
			t.Errorf("found %v and %v of an object that is as mutators want it", verdict.Mutated, err)
		}
	}
}

// TestNamespaceLabel wants the label that an API server sets on Namespaces, but in gator.
func TestNamespaceLabel(t *testing.T) {
	selecting := map[string]any{"match": map[string]any{"namespaceSelector": map[string]any{
		"matchLabels": map[string]any{"kubernetes.io/metadata.name": "shop"},
	}}}
	for _, point := range reviewing {
		enforcer := newEnforcer(t, Options{Point: point})
		shop := namespace("shop", nil)
		add(t, enforcer, template("A", named, ""), constraint("A", "a", selecting), shop)
		for _, each := range []*unstructured.Unstructured{shop, configMap("shop", "one", nil)} {
			verdict, err := enforcer.Review(t.Context(), Object{Manifest: each})
			if err != nil || len(verdict.Violations) == 1 != (point != Gator) {
				t.Errorf("%s: found %+v and %v of %s", point, verdict, err, each.GetKind())
			}
		}
		if diff := cmp.Diff(namespace("shop", nil), shop); diff != "" {
			t.Errorf("the Namespace was changed: %s", diff)
		}
	}
}

// TestManyReview reviews in several goroutines.
func TestManyReview(t *testing.T) {
	enforcer := newEnforcer(t, Options{Point: Webhook})
	add(t, enforcer, template("A", named, ""), constraint("A", "a", map[string]any{"match": map[string]any{"namespaceSelector": map[string]any{}}}),
		excluding("hidden", "webhook"), podsOfDeployments(), namespace("shop", nil))
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 20 {
				verdict, err := enforcer.Review(t.Context(), Object{Manifest: deployment()})
				if err != nil || len(verdict.Violations) != 2 {
					t.Errorf("found %+v and %v", verdict, err)
				}
				verdict, err = enforcer.Review(t.Context(), Object{Manifest: configMap("hidden", "one", nil)})
				if err != nil || verdict.Excluded == "" {
					t.Errorf("found %+v and %v", verdict, err)
				}
			}
		})
	}
	group.Wait()
}

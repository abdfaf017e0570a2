package offline_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/offline"
)

// object is a JSON object.
type object = map[string]any

// status is the body of a refusal.
func status(code float64, reason, message string, details object) object {
	body := object{
		"kind": "Status", "apiVersion": "v1", "metadata": object{}, "status": "Failure", "message": message, "reason": reason, "code": code,
	}
	if details != nil {
		body["details"] = details
	}
	return body
}

// TestAnswers wants the API server's answers, as TestOffline of cmd/kubectl-opa
// wants them for all resources of a real one.
func TestAnswers(t *testing.T) {
	c := cluster(t, files{"b.yaml": zoo()["c.yaml"], "a.yaml": gizmoCRD + `
---
{apiVersion: v1, kind: List, items: [
  {apiVersion: v1, kind: ConfigMap, metadata: {name: a, labels: {app: web}}, data: {k: v}}, {apiVersion: v1, kind: ConfigMap, metadata: {name: b, namespace: one}},
  {apiVersion: example.com/v1, kind: Gizmo, metadata: {name: g, managedFields: []}, spec: {colour: red, size: 3}}]}`})
	config := object{"metadata": object{"name": "a", "namespace": "default", "labels": object{"app": "web"}}, "data": object{"k": "v"}}
	gizmo := object{
		"apiVersion": "example.com/v1", "kind": "Gizmo", "spec": object{"colour": "red", "size": 3.0},
		"metadata": object{"name": "g", "namespace": "default", "managedFields": []any{}},
	}
	notServed := answer{"404 Not Found", status(404, "NotFound", "the server could not find the requested resource", object{})}
	notAllowed := answer{"405 Method Not Allowed", status(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", object{})}
	for name, test := range map[string]struct {
		word    string
		request kubequery.Request
		want    answer
	}{
		"object": {"cm", kubequery.Request{Namespace: "default", Name: "a"}, answer{"200 OK", object{
			"apiVersion": "v1", "kind": "ConfigMap", "metadata": config["metadata"], "data": config["data"],
		}}},
		"list of a built-in kind": {"cm", kubequery.Request{LabelSelector: "app=web"}, answer{"200 OK", object{
			"apiVersion": "v1", "kind": "ConfigMapList", "metadata": object{"resourceVersion": "1"}, "items": []any{config},
		}}},
		"list of a custom kind": {"gz", kubequery.Request{FieldSelector: "spec.colour=red"}, answer{"200 OK", object{
			"apiVersion": "example.com/v1", "kind": "Gizmos", "metadata": object{"resourceVersion": "1", "continue": ""}, "items": []any{gizmo},
		}}},
		"empty list of a custom kind": {"olds", kubequery.Request{}, answer{"200 OK", object{
			"apiVersion": "example.com/v1alpha1", "kind": "OldList", "metadata": object{"resourceVersion": "1", "continue": ""}, "items": []any{},
		}}},
		"empty list": {"deploy", kubequery.Request{Namespace: "one"}, answer{"200 OK", object{
			"apiVersion": "apps/v1", "kind": "DeploymentList", "metadata": object{"resourceVersion": "1"}, "items": []any{},
		}}},
		"missing object": {"deploy", kubequery.Request{Namespace: "default", Name: "a"}, answer{"404 Not Found", status(404, "NotFound",
			`deployments.apps "a" not found`, object{"name": "a", "group": "apps", "kind": "deployments"})}},
		"object of another namespace": {"cm", kubequery.Request{Namespace: "one", Name: "a"}, answer{"404 Not Found", status(404, "NotFound",
			`configmaps "a" not found`, object{"name": "a", "kind": "configmaps"})}},
		"component status": {"cs", kubequery.Request{Name: "a"}, answer{"404 Not Found", status(404, "NotFound",
			`componentstatus "a" not found`, object{"name": "a", "kind": "componentstatus"})}},
		"unsupported field": {"cm", kubequery.Request{FieldSelector: "data.k=v"}, answer{"400 Bad Request", status(400, "BadRequest",
			`"data.k" is not a known field selector: only "metadata.name", "metadata.namespace"`, nil)}},
		"no field selector": {"cm", kubequery.Request{FieldSelector: "a"}, answer{"400 Bad Request", status(400, "BadRequest",
			"invalid selector: 'a'; can't understand 'a'", nil)}},
		"no label selector": {"cm", kubequery.Request{LabelSelector: "!!a"}, answer{"400 Bad Request", status(400, "BadRequest",
			"unable to parse requirement: found '!', expected: identifier", nil)}},
		"no token": {"cm", kubequery.Request{Continue: "bad"}, answer{"400 Bad Request", status(400, "BadRequest",
			"invalid continue token: continue key is not valid: invalid character 'm' looking for beginning of value", nil)}},
		"no base64": {"cm", kubequery.Request{Continue: "!"}, answer{"400 Bad Request", status(400, "BadRequest",
			"invalid continue token: continue key is not valid: illegal base64 data at input byte 0", nil)}},
		"token of another server": {"cm", kubequery.Request{Continue: "e30"}, answer{"400 Bad Request", status(400, "BadRequest",
			"invalid continue token: continue key is not valid: server does not recognize this encoded version ", nil)}},
		"list of what is not kept":            {"tokenreviews", kubequery.Request{}, notAllowed},
		"object of what is not kept":          {"tokenreviews", kubequery.Request{Name: "a"}, notServed},
		"list of what has a place below":      {"bindings", kubequery.Request{Namespace: "one"}, notAllowed},
		"list of what has a place only there": {"bindings", kubequery.Request{}, notServed},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, ask(t, c, test.word, test.request)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestRequestsThatAreNone wants no answer where there could be no request.
func TestRequestsThatAreNone(t *testing.T) {
	c := cluster(t, files{"a.yaml": "{apiVersion: v1, kind: Pod, metadata: {name: p}}"})
	pods, err := c.Resolve(context.Background(), "pods")
	if err != nil {
		t.Fatal(err)
	}
	for name, request := range map[string]kubequery.Request{
		"no namespace": {Resource: pods, Name: "p"},
		"a path":       {Resource: pods, Namespace: "default", Name: "../p"},
	} {
		if _, err := c.Do(context.Background(), request); !errors.Is(err, kubequery.ErrArgument) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ended, end := context.WithCancel(context.Background())
	end()
	if _, err := c.Do(ended, kubequery.Request{Resource: pods}); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
	if _, err := c.Resolve(ended, "pods"); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
	pods.Version = "v9"
	response, err := c.Do(context.Background(), kubequery.Request{Resource: pods})
	if err != nil || response.StatusCode != http.StatusNotFound {
		t.Errorf("a version that is not served: %d, %v", response.StatusCode, err)
	}
}

// TestPages wants the pages of a list to be the list, whatever its limit.
func TestPages(t *testing.T) {
	all := documents(t, files{"a.yaml": "{apiVersion: v1, kind: Pod, metadata: {name: other, namespace: a-b}}", "b.yaml": "{apiVersion: v1, kind: Pod, metadata: {name: other, namespace: b}}"})
	want := []string{}
	for i := range 10 {
		text := fmt.Sprintf("{apiVersion: v1, kind: Pod, metadata: {name: p%d, namespace: a, labels: {even: %q}}}", i, fmt.Sprint(i%2 == 0))
		all = append(all, documents(t, files{fmt.Sprint(i): text})...)
		want = append(want, fmt.Sprintf("a/p%d", i))
	}
	c, err := offline.New(all)
	if err != nil {
		t.Fatal(err)
	}
	even := slices.Collect(func(yield func(string) bool) {
		for i := 0; i < len(want) && yield(want[i]); i += 2 {
		}
	})
	for limit := range 12 {
		for selector, want := range map[string][]string{"": want, "even=true": even, "none": {}} {
			got, remaining := pages(t, c, kubequery.Request{Namespace: "a", Limit: limit, LabelSelector: selector})
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("limit %d, selector %q: %s", limit, selector, diff)
			}
			counts := []any{}
			for left := 10 - limit; left > 0 && limit > 0 && selector == ""; left -= limit {
				counts = append(counts, float64(left))
			}
			if diff := cmp.Diff(counts, remaining); diff != "" {
				t.Errorf("limit %d, selector %q, remaining: %s", limit, selector, diff)
			}
		}
	}
}

// pages asks for all pages of Pods. It returns the keys, and what each page but
// the last says of how many are left.
func pages(t *testing.T, c *offline.Cluster, request kubequery.Request) (keys []string, remaining []any) {
	t.Helper()
	keys, remaining = []string{}, []any{}
	for {
		page := ask(t, c, "pods", request)
		keys = append(keys, page.keys()...)
		metadata := page.Body["metadata"].(object)
		if left, ok := metadata["remainingItemCount"]; ok {
			remaining = append(remaining, left)
		}
		var more bool
		if request.Continue, more = metadata["continue"].(string); !more {
			return keys, remaining
		}
	}
}

package offline_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
	"github.com/kubectl-opa/kubectl-opa/pkg/resources"
)

// zoo has objects in preferred and in other versions, in one and in several.
func zoo() files {
	return files{
		"a.yaml": gizmoCRD,
		"b.yaml": `{apiVersion: v1, kind: List, items: [
			{apiVersion: autoscaling/v1, kind: HorizontalPodAutoscaler, metadata: {name: h}},
			{apiVersion: example.com/v1beta1, kind: Gizmo, metadata: {name: g}},
			{apiVersion: extensions/v1beta1, kind: Ingress, metadata: {name: i}},
			{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}},
			{apiVersion: apps/v1beta1, kind: Deployment, metadata: {name: e}},
			{apiVersion: flowcontrol.apiserver.k8s.io/v1beta3, kind: FlowSchema, metadata: {name: f}},
			{apiVersion: v1, kind: Event, metadata: {name: v}},
			{apiVersion: a.example.com/v1, kind: Thing, metadata: {name: t}},
			{apiVersion: b.example.com/v1alpha1, kind: Thing, metadata: {name: t}},
			{apiVersion: b.example.com/v1, kind: Other, metadata: {name: o}},
			{apiVersion: a.example.com/v1, kind: Service, metadata: {name: s}}]}`,
		"c.yaml": `{apiVersion: apiextensions.k8s.io/v1beta1, kind: CustomResourceDefinition, metadata: {name: olds.example.com},
			spec: {group: example.com, version: v1alpha1, scope: Cluster, names: {plural: olds, singular: oldie, kind: Old}}}`,
		"d.yaml": `{apiVersion: apiextensions.k8s.io/v1beta1, kind: CustomResourceDefinition, metadata: {name: news.example.com},
			spec: {group: example.com, scope: Cluster, names: {plural: news, kind: New}, versions: [{name: v1, served: true}, {name: v2, served: false}]}}`,
		"e.yaml": "{apiVersion: example.com/v2, kind: New, metadata: {name: brand}}",
	}
}

func TestResolve(t *testing.T) {
	c := cluster(t, zoo())
	for word, want := range map[string]string{
		"po":                                   "/v1 pods Pod namespaced",
		"Pod":                                  "/v1 pods Pod namespaced",
		"pods.v1.":                             "/v1 pods Pod namespaced",
		"nodes":                                "/v1 nodes Node",
		"deploy.apps":                          "apps/v1 deployments Deployment namespaced",
		"deployments.v1beta1.apps":             "apps/v1beta1 deployments Deployment namespaced",
		"hpa":                                  "autoscaling/v1 horizontalpodautoscalers HorizontalPodAutoscaler namespaced",
		"HPA.V2.Autoscaling":                   "autoscaling/v2 horizontalpodautoscalers HorizontalPodAutoscaler namespaced",
		"gz":                                   "example.com/v1beta1 gizmos Gizmo namespaced",
		"gizmos.v1.example.com":                "example.com/v1 gizmos Gizmo namespaced",
		"gizmos.v0.example.com":                `the server has no resource "gizmos.v0.example.com"; nearest: gizmos.example.com`,
		"flowschemas":                          "flowcontrol.apiserver.k8s.io/v1beta3 flowschemas FlowSchema",
		"ingresses":                            "networking.k8s.io/v1 ingresses Ingress namespaced",
		"events":                               "/v1 events Event namespaced",
		"events.events.k8s.io":                 "events.k8s.io/v1 events Event namespaced",
		"things":                               `resource "things" is ambiguous; write one of: things.a.example.com, things.b.example.com`,
		"things.b.example.com":                 "b.example.com/v1alpha1 things Thing",
		"things.a":                             "a.example.com/v1 things Thing",
		"services":                             "/v1 services Service namespaced",
		"deploymnts":                           `the server has no resource "deploymnts"; nearest: deployments.apps`,
		"oldie":                                "example.com/v1alpha1 olds Old",
		"news":                                 "example.com/v1 news New",
		"news.v2.example.com":                  `the server has no resource "news.v2.example.com"; nearest: news.example.com`,
		"tokenreviews":                         "authentication.k8s.io/v1 tokenreviews TokenReview",
		"pods/log":                             `the server has no resource "pods/log"; nearest: pods`,
		"apps":                                 `the server has no resource "apps"`,
		"":                                     `the server has no resource ""`,
		"customresourcedefinitions":            "apiextensions.k8s.io/v1 customresourcedefinitions CustomResourceDefinition",
		"limits.v1.":                           "/v1 limitranges LimitRange namespaced",
		strings.Repeat("x", 10) + ".y":         `the server has no resource "xxxxxxxxxx.y"`,
		"validatingadmissionpolicies.admissio": "admissionregistration.k8s.io/v1 validatingadmissionpolicies ValidatingAdmissionPolicy",
	} {
		t.Run(word, func(t *testing.T) {
			resource, err := c.Resolve(context.Background(), word)
			got := resource.Group + "/" + resource.Version + " " + resource.Name + " " + resource.Kind
			if resource.Namespaced {
				got += " namespaced"
			}
			if err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			var unknown *resources.UnknownError
			next := []string{}
			if errors.As(err, &unknown) {
				next = append(next, "only what Kubernetes v1.36.3 serves and what the manifests have is known; give the CRD of anything else as well")
			}
			if diff := cmp.Diff(next, advice.Next(err)); diff != "" {
				t.Errorf("next step: %s", diff)
			}
		})
	}
}

// TestPreferred wants the version that the API server prefers where there are
// no objects to go by, and where there are several.
func TestPreferred(t *testing.T) {
	objects := "{apiVersion: example.com/v1beta1, kind: Gizmo, metadata: {name: a}}\n---\n{apiVersion: example.com/v1, kind: Gizmo, metadata: {name: b}}"
	for name, texts := range map[string]files{"no objects": {"a.yaml": gizmoCRD}, "mixed": {"a.yaml": gizmoCRD, "b.yaml": objects}} {
		resource, err := cluster(t, texts).Resolve(context.Background(), "gz")
		want := resources.Resource{Group: "example.com", Version: "v1", Name: "gizmos", Kind: "Gizmo", Namespaced: true}
		if diff := cmp.Diff(want, resource); err != nil || diff != "" {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
}

// TestTwoViews wants no error where the objects are there in both of the groups
// that have them, as in a dump of all that is served.
func TestTwoViews(t *testing.T) {
	c := cluster(t, files{"a.yaml": `{apiVersion: v1, kind: List, items: [
		{apiVersion: v1, kind: Event, metadata: {name: v}}, {apiVersion: events.k8s.io/v1, kind: Event, metadata: {name: v}}]}`})
	for _, word := range []string{"events", "events.events.k8s.io"} {
		if diff := cmp.Diff([]string{"default/v"}, listed(t, c, word)); diff != "" {
			t.Errorf("%s: %s", word, diff)
		}
	}
}

// TestNotConverted wants an error where an object is written in another version
// than the one asked for, be it one that lists would not have.
func TestNotConverted(t *testing.T) {
	c := cluster(t, zoo())
	for word, want := range map[string][2]string{
		"deployments": {
			`b.yaml:6: Deployment "e" is written in apps/v1beta1, and asked for in apps/v1: only an API server can convert it`,
			"write it in apps/v1",
		},
		"deployments.v1beta1.apps": {
			`b.yaml:5: Deployment "d" is written in apps/v1, and asked for in apps/v1beta1: only an API server can convert it`,
			"write it in apps/v1beta1",
		},
		"hpa.v2.autoscaling": {
			`b.yaml:2: HorizontalPodAutoscaler "h" is written in autoscaling/v1, and asked for in autoscaling/v2: only an API server can convert it`,
			"write it in autoscaling/v2, or ask for horizontalpodautoscalers.v1.autoscaling",
		},
		"ingresses": {
			`b.yaml:4: Ingress "i" is written in extensions/v1beta1, and asked for in networking.k8s.io/v1: only an API server can convert it`,
			"write it in networking.k8s.io/v1, or ask for ingresses.v1beta1.extensions",
		},
		"events.events.k8s.io": {
			`b.yaml:8: Event "v" is written in v1, and asked for in events.k8s.io/v1: only an API server can convert it`,
			"write it in events.k8s.io/v1, or ask for events.v1.",
		},
		"news": {
			`e.yaml:1: New "brand" is written in example.com/v2, and asked for in example.com/v1: only an API server can convert it`,
			"write it in example.com/v1",
		},
		"hpa": {}, "events": {}, "ingresses.extensions": {}, "services": {}, "gizmos": {}, "events.v1.": {},
	} {
		for _, request := range []kubequery.Request{{}, {Namespace: "nowhere", Name: "nothing"}} {
			resource, err := c.Resolve(context.Background(), word)
			if err != nil {
				t.Fatal(err)
			}
			request.Resource = resource
			response, err := c.Do(context.Background(), request)
			got := [2]string{}
			if err != nil {
				got = [2]string{err.Error(), strings.Join(advice.Next(err), "; ")}
			} else {
				response.Body.Close()
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, %+v: %s", word, request, diff)
			}
		}
	}
}

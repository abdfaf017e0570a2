package offline_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/offline"
)

// crd is a CRD with some of it replaced.
func crd(before, after string) string { return strings.Replace(gizmoCRD, before, after, 1) }

// TestMistakes wants each mistake to be told with its place.
func TestMistakes(t *testing.T) {
	const (
		pod  = "{apiVersion: v1, kind: Pod, metadata: {name: p}}"
		tree = "give manifests, or a tree as kube-mgmt has it: kubernetes.<resource>[namespace][name]"
	)
	for name, test := range map[string]struct {
		files files
		want  string
		next  string
	}{
		"no kind":        {files{"a.yaml": "\n{apiVersion: v1, metadata: {name: p}}"}, `a.yaml:2: the object "p" has no kind`, ""},
		"no apiVersion":  {files{"a.yaml": "{kind: Pod, metadata: {name: p}}"}, `a.yaml:1: Pod "p" has no apiVersion`, ""},
		"no version":     {files{"a.yaml": "{apiVersion: apps/, kind: Pod, metadata: {name: p}}"}, `a.yaml:1: Pod "p" has the apiVersion "apps/", which is none`, ""},
		"three parts":    {files{"a.yaml": "{apiVersion: a/b/c, kind: Pod}"}, `a.yaml:1: Pod has the apiVersion "a/b/c", which is none`, ""},
		"no group":       {files{"a.yaml": "{apiVersion: A_b/v1, kind: Pod}"}, `a.yaml:1: Pod has the apiVersion "A_b/v1", which is none`, ""},
		"kind no word":   {files{"a.yaml": "{apiVersion: v1, kind: A.b, metadata: {name: c}}"}, `a.yaml:1: A.b "c" has a kind that is none`, ""},
		"no metadata":    {files{"a.yaml": "{apiVersion: v1, kind: Pod}"}, "a.yaml:1: Pod has no metadata.name", ""},
		"metadata":       {files{"a.yaml": "{apiVersion: v1, kind: Pod, metadata: a}"}, "a.yaml:1: Pod has metadata that is no map", ""},
		"no name":        {files{"a.yaml": "{apiVersion: v1, kind: Pod, metadata: {generateName: p}}"}, "a.yaml:1: Pod has no metadata.name", ""},
		"name no string": {files{"a.yaml": "{apiVersion: v1, kind: Pod, metadata: {name: no}}"}, "a.yaml:1: Pod has the name false, which is no string", "quote it"},
		"name no segment": {
			files{"a.yaml": "{apiVersion: v1, kind: Pod, metadata: {name: ../a}}"},
			`a.yaml:1: Pod "../a" cannot have the name "../a": it may not contain '/'`, "",
		},
		"namespace no segment": {
			files{"a.yaml": "{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: a%2fb}}"},
			`a.yaml:1: Pod "a" cannot have the namespace "a%2fb": it may not contain '%'`, "",
		},
		"kustomization": {
			files{"a.yaml": "{apiVersion: kustomize.config.k8s.io/v1beta1, kind: Kustomization}"},
			"a.yaml:1: Kustomization has no metadata.name", "give what it makes: kubectl kustomize DIR | kubectl opa query --from - …",
		},
		"cluster-scoped": {
			files{"a.yaml": "{apiVersion: v1, kind: Node, metadata: {name: a, namespace: b}}"},
			`a.yaml:1: Node "a" has the namespace "b", and nodes are cluster-scoped`, "leave metadata.namespace out",
		},
		"labels": {
			files{"a.yaml": "{apiVersion: v1, kind: Pod, metadata: {name: p, labels: {a: b, version: 1.10}}}"},
			`a.yaml:1: Pod "p" has the label "version" with a value that is no string: 1.1`, "quote it",
		},
		"labels no map": {files{"a.yaml": "{apiVersion: v1, kind: Pod, metadata: {name: p, labels: a}}"}, `a.yaml:1: Pod "p" has labels that are no map`, ""},
		"twice": {
			files{"a.yaml": pod + "\n---\n" + "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: default}}"},
			`a.yaml:3: Pod "p" is there already, at a.yaml:1`, "leave one of the two out",
		},
		"twice in two files and versions": {
			files{
				"a.yaml": "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: h}}",
				"b.yaml": "{apiVersion: autoscaling/v1, kind: HorizontalPodAutoscaler, metadata: {name: h}}",
			},
			`b.yaml:1: HorizontalPodAutoscaler "h" is there already, at a.yaml:1`, "leave one of the two out",
		},
		"twice, in a tree": {
			files{"a.yaml": pod, "b.yaml": "kubernetes:\n  pods:\n    default:\n      p: {}"},
			`b.yaml:4: Pod "p" is there already, at a.yaml:1`, "leave one of the two out",
		},
		"CRD of what is there": {
			files{"a.yaml": `{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: deployments.apps}, spec: {
				group: apps, scope: Namespaced, names: {plural: deployments, kind: Deploy}, versions: [{name: v1, served: true}]}}`},
			"a.yaml:1: the CRD defines deployments.apps of kind Deploy, and so does Kubernetes itself", "",
		},
		"CRD twice":          {files{"a.yaml": gizmoCRD, "b.yaml": gizmoCRD}, "b.yaml:1: the CRD defines gizmos.example.com of kind Gizmo, and so does the CRD at a.yaml:1", ""},
		"CRD without plural": {files{"a.yaml": crd("plural: gizmos, ", "")}, `a.yaml:1: CustomResourceDefinition "gizmos.example.com" cannot have the spec.names.plural ""`, ""},
		"CRD version":        {files{"a.yaml": crd("name: v0", "name: 0")}, "a.yaml:1: reading the CustomResourceDefinition: cannot convert int64 to string", ""},
		"CRD no version":     {files{"a.yaml": crd("name: v0", "name: 0v")}, `a.yaml:1: CustomResourceDefinition "gizmos.example.com" cannot have the version "0v"`, ""},
		"CRD name": {
			files{"a.yaml": crd("{name: gizmos.example.com}", "{name: gizmo}")},
			`a.yaml:1: CustomResourceDefinition "gizmo" must be called gizmos.example.com, after what it defines`, "",
		},
		"CRD scope": {
			files{"a.yaml": crd("Namespaced", "namespaced")},
			`a.yaml:1: CustomResourceDefinition "gizmos.example.com" has the scope "namespaced"`, "write Namespaced or Cluster",
		},
		"CRD not served": {
			files{"a.yaml": strings.ReplaceAll(gizmoCRD, "true", "false")},
			`a.yaml:1: CustomResourceDefinition "gizmos.example.com" has no version that is served`, "",
		},
		"CRD type": {
			files{"a.yaml": crd("kind: Gizmo", "kind: 1")},
			"a.yaml:1: reading the CustomResourceDefinition: cannot convert int64 to string", "",
		},
		"neither manifest nor tree": {
			files{"a.yaml": "\nreplicas: 1"}, `a.yaml:2: the document has neither apiVersion nor kind, and "replicas" is no resource with objects`, tree,
		},
		"a manifest without type": {
			files{"a.yaml": "data: {a: b}\nmetadata: {name: c}"}, `a.yaml:1: the document has neither apiVersion nor kind, and "data" is no resource with objects`, tree,
		},
		"unknown resource in a tree": {
			files{"a.yaml": "kubernetes:\n  podz:\n    one:\n      p: {}"}, `a.yaml:4: reading the tree: the server has no resource "podz"; nearest: pods`, "",
		},
		"no word in a tree": {
			files{"a.yaml": "kubernetes: {A_b: {c: {apiVersion: v1, kind: A}}}"}, `a.yaml:1: reading the tree: the server has no resource "A_b"`, "",
		},
		"tree without namespaces": {files{"a.yaml": "kubernetes: {pods: {p: text}}"}, "a.yaml:1: reading the tree: want a map of objects of pods, by their names", ""},
		"tree of text":            {files{"a.yaml": "kubernetes: {nodes: {p: text}}"}, `a.yaml:1: reading the tree: "p" is no object`, ""},
		"beside the tree":         {files{"a.yaml": "kubernetes: {}\nsystem: {}"}, `a.yaml:2: beside "kubernetes" there is "system", which would be left out`, "give the tree of kubernetes alone"},
		"wrong kind in a tree": {
			files{"a.yaml": "{pods: {one: {p: {apiVersion: v1, kind: ConfigMap}}}}"}, `a.yaml:1: ConfigMap "p" stands among the pods of the tree, and is one of configmaps`, "",
		},
		"wrong name in a tree": {
			files{"a.yaml": "{nodes: {p: {metadata: {name: q}}}}"}, `a.yaml:1: Node "q" stands in the place of the name "p" of the tree, and has the name q`, "",
		},
		"wrong namespace in a tree": {
			files{"a.yaml": "{pods: {one: {p: {metadata: {namespace: two}}}}}"},
			`a.yaml:1: Pod "p" stands in the place of the namespace "one" of the tree, and has the namespace two`, "",
		},
		"no namespace in a tree": {
			files{"a.yaml": "{pods: {p: {apiVersion: v1, kind: Pod}}}"}, `a.yaml:1: Pod "p" stands in the tree without a namespace, and pods are namespaced`, "",
		},
		"a namespace in a tree": {
			files{"a.yaml": "{nodes: {one: {p: {apiVersion: v1, kind: Node}}}}"}, `a.yaml:1: Node "p" stands in the tree in namespace "one", and nodes are cluster-scoped`, "",
		},
		"nothing": {files{"a.yaml": "{kubernetes: {pods: {}}}"}, "no objects", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := offline.New(documents(t, test.files))
			if err == nil {
				t.Fatal("no error")
			}
			if diff := cmp.Diff(test.want, err.Error()); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.next, strings.Join(advice.Next(err), "; ")); diff != "" {
				t.Errorf("next step: %s", diff)
			}
		})
	}
}

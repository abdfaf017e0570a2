package offline_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
)

const gizmoCRD = `{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: gizmos.example.com}, spec: {
  group: example.com, scope: Namespaced, names: {plural: gizmos, kind: Gizmo, listKind: Gizmos, shortNames: [gz]},
  versions: [{name: v1beta1, served: true}, {name: v1, served: true, selectableFields: [{jsonPath: .spec.colour}]}, {name: v0, served: false}]}}`

// TestForms reads objects in each form in which they can be given.
func TestForms(t *testing.T) {
	for name, test := range map[string]struct {
		files files
		want  map[string][]string
	}{
		"manifests": {
			files{
				"a.yaml":   "{apiVersion: v1, kind: Pod, metadata: {name: b, namespace: one}}\n---\n{apiVersion: v1, kind: Pod, metadata: {name: a}}",
				"b/c.json": `{"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}}`,
			},
			map[string][]string{"pods": {"default/a", "one/b"}, "nodes": {"n"}, "configmaps": {}},
		},
		"the order of keys in etcd": {
			files{"a.yaml": `{apiVersion: v1, kind: List, items: [
				{apiVersion: v1, kind: Pod, metadata: {name: z, namespace: a}}, {apiVersion: v1, kind: Pod, metadata: {name: b, namespace: a-b}},
				{apiVersion: v1, kind: Pod, metadata: {name: b, namespace: a}}, {apiVersion: v1, kind: Pod, metadata: {name: b.c, namespace: a}}]}`},
			map[string][]string{"pods": {"a-b/b", "a/b", "a/b.c", "a/z"}},
		},
		"a list of the API server": {
			files{"a.json": `{"kind": "DeploymentList", "apiVersion": "apps/v1", "metadata": {}, "items": [{"metadata": {"name": "d", "namespace": "x"}}]}`},
			map[string][]string{"deploy": {"x/d"}},
		},
		"a tree": {
			files{"a.json": `{"kubernetes": {"pods": {"one": {"a": {}, "b": {"apiVersion": "v1", "kind": "Pod"}}, "two": {}}, "nodes": {"n": {"spec": {}}}}}`},
			map[string][]string{"pods": {"one/a", "one/b"}, "nodes": {"n"}},
		},
		"a tree below data": {
			files{"a.yaml": `{data: {kubernetes: {namespaces: {one: {metadata: {name: one}}}}}}`},
			map[string][]string{"namespaces": {"one"}},
		},
		"a tree as OPA answers":   {files{"a.json": `{"result": {"secrets": {"one": {"s": {}}}}}`}, map[string][]string{"secrets": {"one/s"}}},
		"a tree, resources alone": {files{"a.json": `{"deployments.apps": {"one": {"d": {}}}, "cm": {}}`}, map[string][]string{"deployments": {"one/d"}}},
		"a tree of what is called like fields": {
			files{"a.json": `{"pods": {"kind": {"apiVersion": {}, "metadata": {}}}, "nodes": {"kubernetes": {}}}`},
			map[string][]string{"pods": {"kind/apiVersion", "kind/metadata"}, "nodes": {"kubernetes"}},
		},
		"a tree with its CRDs": {
			files{"a.yaml": `{kubernetes: {gizmos: {one: {g: {}}}, customresourcedefinitions: {gizmos.example.com: ` + gizmoCRD + `}}}`},
			map[string][]string{"gz": {"one/g"}, "crd": {"gizmos.example.com"}},
		},
		"a tree of custom resources without CRD": {
			files{"a.yaml": `{mice: {one: {jerry: {apiVersion: example.com/v1, kind: Mouse}}}, cheeses: {edam: {apiVersion: example.com/v1, kind: Cheese}}}`},
			map[string][]string{"mice": {"one/jerry"}, "mouse.example.com": {"one/jerry"}, "cheeses": {"edam"}},
		},
		"a tree and manifests": {
			files{
				"a.yaml": `{apiVersion: example.com/v1, kind: Mouse, metadata: {name: tom, namespace: one}}`,
				"b.yaml": `{mice: {one: {jerry: {apiVersion: example.com/v1, kind: Mouse}}}}`,
			},
			map[string][]string{"mice": {"one/jerry", "one/tom"}},
		},
		"a CRD after its objects": {
			files{"a.yaml": "{apiVersion: example.com/v1, kind: Gizmo, metadata: {name: g}}\n---\n" + gizmoCRD},
			map[string][]string{"gz": {"default/g"}, "gizmo.example.com": {"default/g"}},
		},
		"guessed kinds": {
			files{"a.yaml": `{apiVersion: v1, kind: List, items: [
				{apiVersion: example.com/v1, kind: Policy, metadata: {name: p}}, {apiVersion: example.com/v1, kind: Box, metadata: {name: b}},
				{apiVersion: example.com/v1, kind: Box, metadata: {name: c, namespace: one}}]}`},
			map[string][]string{"policies": {"p"}, "box": {"default/b", "one/c"}},
		},
		"what no server keeps": {
			files{"a.yaml": "{apiVersion: authorization.k8s.io/v1, kind: SubjectAccessReview, spec: {}}\n---\n{apiVersion: v1, kind: Node, metadata: {name: n1}}"},
			map[string][]string{"nodes": {"n1"}},
		},
		"labels that are null": {
			files{"a.yaml": "{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: null, labels: null}}\n---\n{apiVersion: v1, kind: Pod, metadata: {name: b, labels: {c: null}}}"},
			map[string][]string{"pods": {"default/a", "default/b"}},
		},
		"names with characters that URLs escape": {
			files{"a.yaml": `{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: "system:a?b#c d"}}`},
			map[string][]string{"clusterroles": {"system:a?b#c d"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := cluster(t, test.files)
			got := map[string][]string{}
			for word := range test.want {
				got[word] = listed(t, c, word)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestTreeCompletes wants objects of a tree to be whole, though the tree left
// out what their place says.
func TestTreeCompletes(t *testing.T) {
	c := cluster(t, files{"a.json": `{"kubernetes": {"deployments": {"one": {"d": {"spec": {"replicas": 2}}}}}}`})
	got := ask(t, c, "deploy", kubequery.Request{Namespace: "one", Name: "d"})
	want := answer{"200 OK", map[string]any{
		"apiVersion": "apps/v1", "kind": "Deployment", "spec": map[string]any{"replicas": 2.0},
		"metadata": map[string]any{"name": "d", "namespace": "one"},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

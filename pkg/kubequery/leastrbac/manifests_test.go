package leastrbac_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/leastrbac"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
)

var subject = leastrbac.Subject{Name: "reader", ServiceAccount: "opa", Namespace: "opa-system"}

func TestManifests(t *testing.T) {
	rules := leastrbac.NewRules(
		leastrbac.Rule{Verb: "list", Resource: pods}, leastrbac.Rule{Verb: "list", Resource: services}, leastrbac.Rule{Verb: "get", Resource: services},
		leastrbac.Rule{Verb: "get", Resource: nodes}, leastrbac.Rule{Verb: "list", Resource: nodes}, leastrbac.Rule{Verb: "list", Resource: deployments},
		leastrbac.Rule{Verb: "get", Resource: secrets, Namespace: "shop", Name: "tls"}, leastrbac.Rule{Verb: "get", Resource: secrets, Namespace: "shop", Name: "ca"},
		leastrbac.Rule{Verb: "list", Resource: secrets, Namespace: "shop"}, leastrbac.Rule{Verb: "get", Resource: pods, Namespace: "shop", Name: "ca"},
		leastrbac.Rule{Verb: "get", Resource: pods, Namespace: "shop", Name: "tls"}, leastrbac.Rule{Verb: "list", Resource: secrets, Namespace: "bank"},
	)
	manifests, err := rules.Manifests(subject)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := manifest.WriteYAML(&text, manifests...); err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		document("ClusterRole", "", `rules:
- apiGroups:
  - ""
  resources:
  - nodes
  - services
  verbs:
  - get
  - list
- apiGroups:
  - ""
  resources:
  - pods
  verbs:
  - list
- apiGroups:
  - apps
  resources:
  - deployments
  verbs:
  - list
`), document("ClusterRoleBinding", "", binding("ClusterRole")),
		document("Role", "bank", `rules:
- apiGroups:
  - ""
  resources:
  - secrets
  verbs:
  - list
`), document("RoleBinding", "bank", binding("Role")),
		document("Role", "shop", `rules:
- apiGroups:
  - ""
  resourceNames:
  - ca
  - tls
  resources:
  - pods
  - secrets
  verbs:
  - get
- apiGroups:
  - ""
  resources:
  - secrets
  verbs:
  - list
`), document("RoleBinding", "shop", binding("Role")),
	}, "---\n")
	if diff := cmp.Diff(want, text.String()); diff != "" {
		t.Error(diff)
	}
	if none, err := (leastrbac.Rules{}).Manifests(subject); err != nil || len(none) > 0 {
		t.Errorf("without rules: %v, %v", none, err)
	}
}

// document is a manifest as it is written.
func document(kind, namespace, rest string) string {
	text := "apiVersion: rbac.authorization.k8s.io/v1\nkind: " + kind + `
metadata:
  labels:
    app.kubernetes.io/managed-by: kubectl-opa
    app.kubernetes.io/name: opa-kubernetes-api-client
  name: reader
`
	if namespace != "" {
		text += "  namespace: " + namespace + "\n"
	}
	return text + rest
}

func binding(role string) string {
	return `roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ` + role + `
  name: reader
subjects:
- kind: ServiceAccount
  name: opa
  namespace: opa-system
`
}

package leastrbac

import (
	"fmt"
	"maps"
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/validate/content"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// DefaultName is what roles, bindings and ServiceAccount are called, as in the
// manual of the Rego library.
const DefaultName = "opa-kubernetes-api-client"

// Labels are on all manifests.
var Labels = map[string]string{
	"app.kubernetes.io/name":       DefaultName,
	"app.kubernetes.io/managed-by": "kubectl-opa",
}

// Subject is who gets the rights, and what the roles are called.
type Subject struct {
	// Name is that of all roles and bindings.
	Name string
	// ServiceAccount gets the rights; Namespace is its own.
	ServiceAccount, Namespace string
}

// Check refuses names that no object can have.
func (s Subject) Check() error {
	for _, each := range []struct {
		what, value string
		problems    []string
	}{
		{"name for roles", s.Name, content.IsPathSegmentName(s.Name)},
		{"name of a ServiceAccount", s.ServiceAccount, content.IsDNS1123Subdomain(s.ServiceAccount)},
		{"namespace", s.Namespace, content.IsDNS1123Label(s.Namespace)},
	} {
		switch {
		case each.value == "":
			return fmt.Errorf("the %s may not be empty", each.what)
		case len(each.problems) > 0:
			return fmt.Errorf("%s is no %s: %s", advice.Quote(each.value), each.what, each.problems[0])
		}
	}
	return nil
}

// Manifests are the roles that grant the rules and nothing else, and their
// bindings: a ClusterRole and a ClusterRoleBinding for what is cluster-scoped or
// asked for in all namespaces, and a Role and a RoleBinding in each namespace
// that a rule names. No rules have no manifests.
func (r Rules) Manifests(s Subject) ([]*unstructured.Unstructured, error) {
	places := map[string]Rules{}
	for _, rule := range r {
		places[rule.Namespace] = append(places[rule.Namespace], rule)
	}
	manifests := []*unstructured.Unstructured{}
	for _, namespace := range slices.Sorted(maps.Keys(places)) {
		for _, object := range s.objects(namespace, places[namespace].policyRules()) {
			document, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
			if err != nil {
				return nil, fmt.Errorf("writing the roles: %w", err)
			}
			manifests = append(manifests, &unstructured.Unstructured{Object: document})
		}
	}
	return manifests, nil
}

// objects are the role and the binding of one place: a namespace, or "" for the
// cluster.
func (s Subject) objects(namespace string, rules []rbacv1.PolicyRule) []any {
	meta := metav1.ObjectMeta{Name: s.Name, Namespace: namespace, Labels: maps.Clone(Labels)}
	kind := func(name string) metav1.TypeMeta {
		if namespace == "" {
			name = "Cluster" + name
		}
		return metav1.TypeMeta{APIVersion: rbacv1.SchemeGroupVersion.String(), Kind: name}
	}
	role, binding := kind("Role"), kind("RoleBinding")
	subjects := []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Name: s.ServiceAccount, Namespace: s.Namespace}}
	ref := rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: role.Kind, Name: s.Name}
	if namespace == "" {
		return []any{
			&rbacv1.ClusterRole{TypeMeta: role, ObjectMeta: meta, Rules: rules},
			&rbacv1.ClusterRoleBinding{TypeMeta: binding, ObjectMeta: meta, Subjects: subjects, RoleRef: ref},
		}
	}
	return []any{
		&rbacv1.Role{TypeMeta: role, ObjectMeta: meta, Rules: rules},
		&rbacv1.RoleBinding{TypeMeta: binding, ObjectMeta: meta, Subjects: subjects, RoleRef: ref},
	}
}

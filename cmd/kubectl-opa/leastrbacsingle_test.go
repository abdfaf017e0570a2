package main

import (
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/leastrbac"
	"github.com/kubectl-opa/kubectl-opa/pkg/resources"
)

// single is one verb on one resource, perhaps of one name, in one place.
type single struct{ verb, group, resource, name, namespace string }

// singlesOf are the rights of a role, one by one; a binding has none.
func singlesOf(t *testing.T, object *unstructured.Unstructured) []single {
	t.Helper()
	if kind := object.GetKind(); kind != "Role" && kind != "ClusterRole" {
		return nil
	}
	var role rbacv1.Role
	if err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(map[string]any{
		"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": object.Object["metadata"], "rules": object.Object["rules"],
	}, &role, true); err != nil {
		t.Fatal(err)
	}
	singles := []single{}
	for _, rule := range role.Rules {
		names := rule.ResourceNames
		if len(names) == 0 {
			names = []string{""}
		}
		for _, group := range rule.APIGroups {
			for _, resource := range rule.Resources {
				for _, verb := range rule.Verbs {
					for _, name := range names {
						singles = append(singles, single{verb, group, resource, name, role.Namespace})
					}
				}
			}
		}
	}
	return singles
}

func (s single) String() string {
	text := s.verb + " " + s.group + "/" + s.resource
	if s.name != "" {
		text += " " + s.name
	}
	if s.namespace != "" {
		text += " in " + s.namespace
	}
	return text
}

func (s single) rule() leastrbac.Rule {
	return leastrbac.Rule{
		Verb: s.verb, Resource: resources.Resource{Group: s.group, Name: s.resource}, Name: s.name, Namespace: s.namespace,
	}
}

package query

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/setup"
)

// leftRights finds the bindings that an earlier setup of other policies made,
// and that these need no more.
func (o SetupOptions) leftRights(ctx context.Context) ([]setup.Check, error) {
	checks := []setup.Check{}
	for _, kind := range []struct{ binding, role string }{{"ClusterRoleBinding", "clusterrole"}, {"RoleBinding", "role"}} {
		bindings, err := o.Client.List(ctx, placeOf(kind.binding, ""), labels.SelectorFromSet(o.Labels).String())
		if err != nil {
			return nil, err
		}
		for _, binding := range bindings {
			if binding.GetName() != o.Name || !o.binds(binding) || o.wants(binding) {
				continue
			}
			where := ""
			if namespace := binding.GetNamespace(); namespace != "" {
				where = " -n " + namespace
			}
			checks = append(checks, setup.Check{
				Name:    fmt.Sprintf("%s %s%s", kind.binding, o.Name, where),
				Problem: "it grants what these policies do not need",
				Next:    fmt.Sprintf("kubectl delete %s,%sbinding %s%s", kind.role, kind.role, o.Name, where),
			})
		}
	}
	return checks, nil
}

// binds tells whether a binding is for the ServiceAccount.
func (o SetupOptions) binds(binding *unstructured.Unstructured) bool {
	subjects, _, _ := unstructured.NestedSlice(binding.Object, "subjects")
	return slices.ContainsFunc(subjects, func(subject any) bool {
		of, ok := subject.(map[string]any)
		return ok && of["kind"] == "ServiceAccount" && of["name"] == o.Name && of["namespace"] == o.Namespace
	})
}

// wants tells whether a binding is among those that are made.
func (o SetupOptions) wants(binding *unstructured.Unstructured) bool {
	return slices.ContainsFunc(o.Roles, func(made *unstructured.Unstructured) bool {
		return made.GetKind() == binding.GetKind() && made.GetNamespace() == binding.GetNamespace() && made.GetName() == binding.GetName()
	})
}

package kube

import (
	"context"
	"fmt"
	"strings"

	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/leastrbac"
)

// Allowed asks the server whether the current user, impersonated or not, has the
// right of a rule: a SelfSubjectAccessReview, which everybody may create. The
// reason is the server's; it may have none. An answer without a verdict is an
// error.
func (c *Client) Allowed(ctx context.Context, rule leastrbac.Rule) (allowed bool, reason string, err error) {
	answer, err := c.review(ctx, authorizationv1.SchemeGroupVersion.WithResource("selfsubjectaccessreviews"), &authorizationv1.SelfSubjectAccessReview{
		TypeMeta: metav1.TypeMeta{APIVersion: authorizationv1.SchemeGroupVersion.String(), Kind: "SelfSubjectAccessReview"},
		Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &authorizationv1.ResourceAttributes{
			Verb: rule.Verb, Group: rule.Resource.Group, Version: rule.Resource.Version, Resource: rule.Resource.Name,
			Namespace: rule.Namespace, Name: rule.Name,
		}},
	}, fmt.Sprintf("asking whether this user may %s", rule))
	if err != nil {
		return false, "", err
	}
	return verdict(answer, rule)
}

// verdict is what an answered review says.
func verdict(answer *unstructured.Unstructured, rule leastrbac.Rule) (allowed bool, reason string, err error) {
	allowed, found, err := unstructured.NestedBool(answer.Object, "status", "allowed")
	if err != nil || !found {
		return false, "", fmt.Errorf("asking whether this user may %s: the server's answer has no status.allowed", rule)
	}
	reasons := []string{}
	for _, field := range []string{"reason", "evaluationError"} {
		if text, _, _ := unstructured.NestedString(answer.Object, "status", field); text != "" {
			reasons = append(reasons, text)
		}
	}
	return allowed, strings.Join(reasons, "; "), nil
}

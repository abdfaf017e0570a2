package kube

import (
	"context"
	"fmt"

	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
)

// WithToken is a client of the same cluster that has a bearer token and none of
// the credentials of the kubeconfig.
func (c *Client) WithToken(token string) (*Client, error) {
	config := rest.AnonymousClientConfig(c.config)
	config.BearerToken = token
	client, err := New(given{config})
	if err != nil {
		return nil, err
	}
	client.name = c.name
	return client, nil
}

// Username is what the API server calls whoever asks.
func (c *Client) Username(ctx context.Context) (string, error) {
	const doing = "asking the API server who asks"
	review, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&authenticationv1.SelfSubjectReview{
		TypeMeta: metav1.TypeMeta{APIVersion: authenticationv1.SchemeGroupVersion.String(), Kind: "SelfSubjectReview"},
	})
	if err != nil {
		return "", fmt.Errorf("%s: %w", doing, err)
	}
	resource := authenticationv1.SchemeGroupVersion.WithResource("selfsubjectreviews")
	answer, err := c.dynamic.Resource(resource).Create(ctx, &unstructured.Unstructured{Object: review}, metav1.CreateOptions{})
	if err != nil {
		return "", c.explain(err, doing)
	}
	name, _, err := unstructured.NestedString(answer.Object, "status", "userInfo", "username")
	if err != nil {
		return "", fmt.Errorf("%s: %w", doing, err)
	}
	return name, nil
}

package kube

import (
	"context"
	"fmt"

	authenticationv1 "k8s.io/api/authentication/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
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
	answer, err := c.review(ctx, authenticationv1.SchemeGroupVersion.WithResource("selfsubjectreviews"), &authenticationv1.SelfSubjectReview{
		TypeMeta: metav1.TypeMeta{APIVersion: authenticationv1.SchemeGroupVersion.String(), Kind: "SelfSubjectReview"},
	}, doing)
	if err != nil {
		return "", err
	}
	name, _, err := unstructured.NestedString(answer.Object, "status", "userInfo", "username")
	if err != nil {
		return "", fmt.Errorf("%s: %w", doing, err)
	}
	return name, nil
}

// review has the server answer a question about the current user, once more
// with new credentials where they had expired. The error says what was done.
func (c *Client) review(ctx context.Context, resource schema.GroupVersionResource, question any, doing string) (*unstructured.Unstructured, error) {
	object, err := runtime.DefaultUnstructuredConverter.ToUnstructured(question)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	reviews := c.dynamic.Resource(resource)
	answer, err := reviews.Create(ctx, &unstructured.Unstructured{Object: object}, metav1.CreateOptions{})
	if apierrors.IsUnauthorized(err) && c.renews() {
		answer, err = reviews.Create(ctx, &unstructured.Unstructured{Object: object}, metav1.CreateOptions{})
	}
	if err != nil {
		return nil, c.explain(err, "%s", doing)
	}
	return answer, nil
}

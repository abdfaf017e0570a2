package main

import (
	"context"
	"fmt"
	"testing"

	admissionv1 "k8s.io/api/admission/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/imagepolicy"
)

// ask asks the API server about each row of a case, by a dry run.
func (c *tableCluster) ask(ctx context.Context, tc *tableCase, flavor imagepolicy.Flavor) ([]decision, error) {
	answers := []decision{}
	for _, row := range tc.rows() {
		said, err := readAnswer(c.send(ctx, row, flavor), tc.namespace)
		if err != nil {
			return nil, fmt.Errorf("%s, %s: %w", row.name, row.kind, err)
		}
		answers = append(answers, said)
	}
	return answers, nil
}

func (c *tableCluster) send(ctx context.Context, row tableRow, flavor imagepolicy.Flavor) error {
	pods, dryRun := c.client.Resource(core("pods")).Namespace(row.namespace), []string{metav1.DryRunAll}
	switch {
	case row.operation == admissionv1.Delete:
		return pods.Delete(ctx, row.podName(), metav1.DeleteOptions{DryRun: dryRun})
	case row.onOld():
		return c.update(ctx, row, row.images, metav1.UpdateOptions{DryRun: dryRun})
	}
	_, err := pods.Create(ctx, pod(row.namespace, row.podName(), row.containers(row.images, flavor)), metav1.CreateOptions{DryRun: dryRun})
	return err
}

// update gives a Pod these images. Ephemeral containers have a subresource of
// their own.
func (c *tableCluster) update(ctx context.Context, row tableRow, images map[string]string, o metav1.UpdateOptions) error {
	pods := c.client.Resource(core("pods")).Namespace(row.namespace)
	object, err := pods.Get(ctx, row.podName(), metav1.GetOptions{})
	if err != nil {
		return err
	}
	before, _, err := unstructured.NestedSlice(object.Object, "spec", row.kind)
	if err != nil {
		return err
	}
	containers := []any{}
	for _, wanted := range sorted(images) {
		fields := map[string]any{"name": wanted[0]}
		for _, old := range before {
			// What the API server has filled in stays.
			if old := old.(map[string]any); old["name"] == wanted[0] {
				fields = old
			}
		}
		fields["image"] = wanted[1]
		containers = append(containers, fields)
	}
	if err := unstructured.SetNestedSlice(object.Object, containers, "spec", row.kind); err != nil {
		return err
	}
	subresources := []string{}
	if row.kind == imagepolicy.EphemeralContainers {
		subresources = append(subresources, "ephemeralcontainers")
	}
	_, err = pods.Update(ctx, object, o, subresources...)
	return err
}

// createOld makes the Pod of a row that is about an older one.
func (c *tableCluster) createOld(ctx context.Context, row tableRow) error {
	old := row.containers(row.old, imagepolicy.FlavorKKP)
	delete(old, imagepolicy.EphemeralContainers)
	pods := c.client.Resource(core("pods")).Namespace(row.namespace)
	if _, err := pods.Create(ctx, pod(row.namespace, row.podName(), old), metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("%s, %s: %w", row.name, row.kind, err)
	}
	if row.kind == imagepolicy.EphemeralContainers && len(row.old) > 0 {
		return c.update(ctx, row, row.old, metav1.UpdateOptions{})
	}
	return nil
}

// createConstraint gives a case its constraint, where it has not got it yet.
func (c *tableCluster) createConstraint(ctx context.Context, tc *tableCase, flavor imagepolicy.Flavor) error {
	if !tc.constrained(flavor) {
		return nil
	}
	constraint, err := tc.constraint(flavor)
	if err != nil {
		return err
	}
	_, err = c.constraints.Create(ctx, constraint, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

// eventuallyDenied waits until a Pod is denied, or admitted.
func (c *tableCluster) eventuallyDenied(t *testing.T, pod *unstructured.Unstructured, denied bool) {
	t.Helper()
	pods := c.client.Resource(core("pods")).Namespace(pod.GetNamespace())
	c.eventually(t, fmt.Sprintf("Pod %s is denied: %v", pod.GetName(), denied), func(ctx context.Context) (bool, error) {
		_, err := pods.Create(ctx, pod, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		if err != nil && !apierrors.IsForbidden(err) {
			return false, err
		}
		return denied == (err != nil), nil
	})
}

package main

import (
	"context"
	"fmt"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/clientcmd"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/imagepolicy"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
	"github.com/kubectl-opa/kubectl-opa/pkg/testcluster"
)

const (
	webhooks = "gatekeeper-validating-webhook-configuration"
	// gatekeeperPods are the webhook and the audit.
	gatekeeperPods = 2
	tableTimeout   = time.Minute
)

// tableCluster is the cluster that the table is decided on.
type tableCluster struct {
	kubeconfig  string
	client      dynamic.Interface
	constraints dynamic.ResourceInterface
}

func core(resource string) schema.GroupVersionResource {
	return schema.GroupVersionResource{Version: "v1", Resource: resource}
}

func connect(t *testing.T, cluster *testcluster.Cluster) *tableCluster {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", cluster.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	config.QPS = -1
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	constraints := client.Resource(policy.ConstraintResource(kubermaticv1.AllowedRegistryName))
	return &tableCluster{kubeconfig: cluster.Kubeconfig, client: client, constraints: constraints}
}

// failClosed makes a webhook that does not answer in time an error. As it is
// installed, what it does not answer is admitted.
func (c *tableCluster) failClosed(t *testing.T) {
	t.Helper()
	patch := `[{"op":"replace","path":"/webhooks/0/failurePolicy","value":"Fail"},{"op":"replace","path":"/webhooks/0/timeoutSeconds","value":30}]`
	configurations := c.client.Resource(schema.GroupVersionResource{
		Group: "admissionregistration.k8s.io", Version: "v1", Resource: "validatingwebhookconfigurations",
	})
	if _, err := configurations.Patch(t.Context(), webhooks, types.JSONPatchType, []byte(patch), metav1.PatchOptions{}); err != nil {
		t.Fatal(err)
	}
}

// createNamespace makes a namespace with the account that Pods want, which a
// controller would make some time later.
func (c *tableCluster) createNamespace(ctx context.Context, name string) error {
	object := func(kind, name string) *unstructured.Unstructured {
		return &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "v1", "kind": kind, "metadata": map[string]any{"name": name},
		}}
	}
	if _, err := c.client.Resource(core("namespaces")).Create(ctx, object("Namespace", name), metav1.CreateOptions{}); err != nil {
		return err
	}
	_, err := c.client.Resource(core("serviceaccounts")).Namespace(name).Create(ctx, object("ServiceAccount", "default"), metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

// constraint is that of the case: what the plugin makes of its prefixes, for
// one namespace. An empty list is never made, but somebody may leave it out.
func (tc *tableCase) constraint(flavor imagepolicy.Flavor) (*unstructured.Unstructured, error) {
	prefixes := []imagepolicy.Prefix{}
	for _, text := range tc.prefixes {
		prefixes = append(prefixes, imagepolicy.Prefix{Text: text})
	}
	if len(prefixes) == 0 {
		prefixes = append(prefixes, imagepolicy.Prefix{Text: "of an empty list"})
	}
	_, constraint, err := imagepolicy.GatekeeperObjects(flavor, prefixes, nil)
	if err == nil {
		err = unstructured.SetNestedStringSlice(constraint.Object, []string{tc.namespace}, "spec", "match", "namespaces")
	}
	if err != nil {
		return nil, err
	}
	if len(tc.prefixes) == 0 {
		unstructured.RemoveNestedField(constraint.Object, "spec", "parameters")
	}
	constraint.SetName(tc.namespace)
	return constraint, nil
}

// awaitGatekeeper waits until both of Gatekeeper's Pods have the template and
// all constraints as they are.
func (c *tableCluster) awaitGatekeeper(t *testing.T) {
	t.Helper()
	c.eventually(t, "Gatekeeper has the template and all constraints", func(ctx context.Context) (bool, error) {
		template, err := c.client.Resource(schema.GroupVersionResource{
			Group: "templates.gatekeeper.sh", Version: "v1", Resource: "constrainttemplates",
		}).Get(ctx, kubermaticv1.AllowedRegistryName, metav1.GetOptions{})
		if err != nil {
			return false, err
		}
		constraints, err := c.constraints.List(ctx, metav1.ListOptions{})
		if err != nil {
			return false, err
		}
		for _, object := range append(constraints.Items, *template) {
			if observed := policy.Observe(&object); observed.Pods != gatekeeperPods || !observed.Settled() {
				return false, nil
			}
		}
		return true, nil
	})
}

// eventually waits until something is so.
func (c *tableCluster) eventually(t *testing.T, what string, look wait.ConditionWithContextFunc) {
	t.Helper()
	if err := wait.PollUntilContextTimeout(t.Context(), eventuallyInterval, tableTimeout, true, look); err != nil {
		t.Fatal(fmt.Errorf("waiting until %s: %w", what, err))
	}
}

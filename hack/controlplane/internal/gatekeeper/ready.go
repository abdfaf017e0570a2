package gatekeeper

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"

	"github.com/kubectl-opa/kubectl-opa/hack/controlplane/internal/cluster"
	"github.com/kubectl-opa/kubectl-opa/hack/controlplane/internal/objects"
)

// waitForRights waits until Gatekeeper may read what it starts with: the API server reads RBAC a moment after it was applied,
// and Gatekeeper does not ask twice.
func waitForRights(ctx context.Context, c *cluster.Cluster) error {
	config := rest.CopyConfig(c.REST)
	config.Impersonate = rest.ImpersonationConfig{UserName: user, Groups: userGroups}
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		return err
	}
	return cluster.Poll(ctx, "the rights of "+user, func() error {
		_, err := cluster.Get(ctx, client, c.Server+"/apis/templates.gatekeeper.sh/v1/constrainttemplates")
		return err
	})
}

// waitForHealth waits until a process of Gatekeeper says that it is ready.
func waitForHealth(ctx context.Context, name string, port int) error {
	url := "http://" + net.JoinHostPort(cluster.Loopback, strconv.Itoa(port)) + "/readyz"
	return cluster.Poll(ctx, name, func() error {
		_, err := cluster.Get(ctx, http.DefaultClient, url)
		return err
	})
}

// misnamed is a template that Gatekeeper refuses and the API server alone would take. Rego that does not compile would not
// do: Gatekeeper takes it, and tells in the status.
func misnamed() *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "templates.gatekeeper.sh/v1",
		"kind":       "ConstraintTemplate",
		"metadata":   map[string]any{"name": "misnamed"},
		"spec": map[string]any{
			"crd":     map[string]any{"spec": map[string]any{"names": map[string]any{"kind": "ControlPlaneProbe"}}},
			"targets": []any{map[string]any{"target": "admission.k8s.gatekeeper.sh", "rego": "package probe"}},
		},
	}}
}

// waitForWebhook waits until the API server asks Gatekeeper: it finds the configuration of webhooks a moment after it was
// applied.
func waitForWebhook(ctx context.Context, client *objects.Client) error {
	return cluster.Poll(ctx, "the API server to ask Gatekeeper", func() error {
		err := client.DryRun(ctx, misnamed())
		switch {
		case err == nil:
			return fmt.Errorf("a template that is not called like its kind is taken")
		case strings.Contains(err.Error(), `"validation.gatekeeper.sh" denied the request`):
			return nil
		}
		return err
	})
}

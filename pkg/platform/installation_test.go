package platform

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
)

// cluster is one that holds these objects, by resource.
type cluster struct {
	served  map[string][]Served
	objects map[string][]*unstructured.Unstructured
	// failing are resources that cannot be read, and groups.
	failing map[string]error
}

func (c *cluster) add(resource, name string, object map[string]any) {
	if c.objects == nil {
		c.objects = map[string][]*unstructured.Unstructured{}
	}
	made := &unstructured.Unstructured{Object: object}
	made.SetName(name)
	c.objects[resource] = append(c.objects[resource], made)
}

func (c *cluster) Get(_ context.Context, place Place, name string) (*unstructured.Unstructured, error) {
	for _, object := range c.objects[place.Resource] {
		if object.GetName() == name && object.GetNamespace() == place.Namespace {
			return object, c.failing[place.Resource]
		}
	}
	return nil, errors.New(place.Object(name) + ": not found")
}

func (c *cluster) List(_ context.Context, place Place, selector string) ([]*unstructured.Unstructured, error) {
	wanted, err := labels.Parse(selector)
	if err != nil {
		return nil, err
	}
	found := []*unstructured.Unstructured{}
	for _, object := range c.objects[place.Resource] {
		if (place.Namespace == "" || place.Namespace == object.GetNamespace()) && wanted.Matches(labels.Set(object.GetLabels())) {
			found = append(found, object)
		}
	}
	return found, c.failing[place.Resource]
}

func (c *cluster) Groups(context.Context) ([]string, error) {
	return slices.Sorted(maps.Keys(c.served)), nil
}

func (c *cluster) Served(_ context.Context, group string) ([]Served, error) {
	return c.served[group], c.failing[group]
}

// deployment adds one; labelled says what it does, as newer ones do.
func (c *cluster) deployment(namespace, name, operation, image string, replicas, ready int64) *cluster {
	metadata := map[string]any{"namespace": namespace}
	if operation != "" {
		metadata["labels"] = map[string]any{"gatekeeper.sh/system": "yes", "gatekeeper.sh/operation": operation}
	}
	c.add("deployments", name, map[string]any{
		"metadata": metadata,
		"spec": map[string]any{"replicas": replicas, "template": map[string]any{"spec": map[string]any{"containers": []any{
			map[string]any{"name": "sidecar", "image": "proxy:1.2.3"}, map[string]any{"name": "manager", "image": image},
		}}}},
		"status": map[string]any{"readyReplicas": ready},
	})
	return c
}

func (c *cluster) hook(name, hook, policy string, operations ...any) *cluster {
	c.add("validatingwebhookconfigurations", name, map[string]any{"webhooks": []any{
		map[string]any{"name": hook, "failurePolicy": policy, "rules": []any{map[string]any{"operations": operations}}},
	}})
	return c
}

func TestInstallation(t *testing.T) {
	const image = "openpolicyagent/gatekeeper:v3.12.0"
	absent, up := Component{Health: Absent}, Component{Health: Up, Replicas: 1, Ready: 1}
	none := Webhook{Health: Absent}
	forbidden := errors.New("forbidden")
	for name, tc := range map[string]struct {
		cluster *cluster
		want    Installation
		unknown []string
	}{
		"nothing": {&cluster{}, Installation{Controller: absent, Audit: absent, Webhook: none}, nil},
		"the release's manifest": {
			new(cluster).deployment(GatekeeperNamespace, "gatekeeper-audit", "audit", image, 1, 1).
				deployment(GatekeeperNamespace, "gatekeeper-controller-manager", "webhook", image, 3, 2).
				deployment(GatekeeperNamespace, "other", "", "other:9", 1, 1).
				hook("theirs", "check.example", "Fail", "*").
				hook("gatekeeper-validating-webhook-configuration", "validation.gatekeeper.sh", "Ignore", "UPDATE", "CREATE", "UPDATE"),
			Installation{
				Version: "3.12.0", Exact: true, Audit: up, Controller: Component{Health: Partial, Replicas: 3, Ready: 2},
				Webhook: Webhook{Health: Up, FailurePolicy: "Ignore", Operations: []string{"CREATE", "UPDATE"}},
			},
			nil,
		},
		"another namespace, other names, a registry with a port and a digest": {
			new(cluster).deployment("policy", "watcher", "audit", "registry.example:5000/gk:v3.23.1@sha256:00", 1, 1).
				deployment("policy", "door", "webhook", "registry.example:5000/gk:v3.23.1@sha256:00", 0, 0).
				hook("mine", "validation.gatekeeper.sh", "Fail", "*"),
			Installation{
				Version: "3.23.1", Exact: true, Audit: up, Controller: Component{Health: Down},
				Webhook: Webhook{Health: Up, FailurePolicy: "Fail", Operations: []string{"*"}},
			},
			nil,
		},
		"no labels, and an upgrade that goes on": {
			new(cluster).deployment(GatekeeperNamespace, "gatekeeper-controller-manager", "", "gatekeeper:3.13.0", 1, 1).
				deployment(GatekeeperNamespace, "gatekeeper-audit", "", "gatekeeper:3.12.0", 1, 1),
			Installation{Version: "3.12.0 and 3.13.0", Exact: true, Audit: up, Controller: up, Webhook: none},
			nil,
		},
		"an image without a version": {
			new(cluster).deployment(GatekeeperNamespace, "gatekeeper-audit", "audit", "gatekeeper:latest", 1, 1),
			Installation{Controller: absent, Audit: up, Webhook: none},
			[]string{`the image "gatekeeper:latest" of Deployment gatekeeper-system/gatekeeper-audit does not say which version of Gatekeeper it is`},
		},
		"unreadable": {
			&cluster{failing: map[string]error{
				"deployments": fmt.Errorf("listing deployments: %w", forbidden), "validatingwebhookconfigurations": fmt.Errorf("listing webhooks: %w", forbidden),
			}},
			Installation{Controller: Component{Health: Unknown}, Audit: Component{Health: Unknown}, Webhook: Webhook{Health: Unknown}},
			[]string{"listing deployments: forbidden", "listing webhooks: forbidden"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Gatekeeper{tc.cluster}.Installation(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var unknown []string
			for _, err := range got.Unknown {
				unknown = append(unknown, err.Error())
			}
			got.Unknown = nil
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tc.unknown, unknown); diff != "" {
				t.Error(diff)
			}
			if running := name != "nothing"; got.Running() != running {
				t.Errorf("running: %v", got.Running())
			}
		})
	}
}

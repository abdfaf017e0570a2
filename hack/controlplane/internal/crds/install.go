package crds

import (
	"context"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"github.com/kubectl-opa/kubectl-opa/hack/controlplane/internal/cluster"
	"github.com/kubectl-opa/kubectl-opa/hack/controlplane/internal/objects"
)

const pollInterval = 25 * time.Millisecond

var resource = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}

// Extension installs the definitions on a control plane.
func Extension(definitions []*unstructured.Unstructured) cluster.Extension {
	return func(ctx context.Context, c *cluster.Cluster) error { return Install(ctx, c.REST, definitions) }
}

// Install applies CustomResourceDefinitions and returns when all of them are served. Server-side apply, because the
// annotation of a client-side one cannot hold the largest.
func Install(ctx context.Context, config *rest.Config, definitions []*unstructured.Unstructured) error {
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return fmt.Errorf("installing CRDs: %w", err)
	}
	discoverer, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return fmt.Errorf("installing CRDs: %w", err)
	}
	for _, definition := range definitions {
		options := metav1.ApplyOptions{FieldManager: objects.FieldManager, Force: true}
		if _, err := client.Resource(resource).Apply(ctx, definition.GetName(), definition, options); err != nil {
			return fmt.Errorf("installing CRD %s: %w", definition.GetName(), err)
		}
	}
	for _, definition := range definitions {
		if err := waitEstablished(ctx, client, definition.GetName()); err != nil {
			return fmt.Errorf("installing CRD %s: %w", definition.GetName(), err)
		}
	}
	if err := waitDiscovered(ctx, discoverer, definitions); err != nil {
		return fmt.Errorf("discovering the CRDs: %w", err)
	}
	return nil
}

func waitEstablished(ctx context.Context, client dynamic.Interface, name string) error {
	return poll(ctx, func() (string, error) {
		live, err := client.Resource(resource).Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return "", err
		}
		return notEstablished(live), nil
	})
}

// notEstablished says why a definition is not established yet; it is empty for one that is.
func notEstablished(definition *unstructured.Unstructured) string {
	missing := "it is not established yet"
	conditions, _, _ := unstructured.NestedSlice(definition.Object, "status", "conditions")
	for _, item := range conditions {
		condition, _ := item.(map[string]any)
		switch {
		case condition["type"] == "NamesAccepted" && condition["status"] == "False":
			return fmt.Sprintf("its names are not accepted: %v", condition["message"])
		case condition["type"] == "Established" && condition["status"] == "True":
			missing = ""
		}
	}
	return missing
}

// waitDiscovered waits until discovery lists every served version: it follows Established by a moment, in which kubectl
// would not know the resource.
func waitDiscovered(ctx context.Context, client discovery.DiscoveryInterface, definitions []*unstructured.Unstructured) error {
	want := sets.New[string]()
	for _, definition := range definitions {
		want.Insert(served(definition)...)
	}
	return poll(ctx, func() (string, error) {
		_, lists, err := client.ServerGroupsAndResources()
		if err != nil {
			return "", err
		}
		have := sets.New[string]()
		for _, list := range lists {
			for _, resource := range list.APIResources {
				have.Insert(list.GroupVersion + "/" + resource.Name)
			}
		}
		if missing := want.Difference(have); len(missing) > 0 {
			return fmt.Sprintf("discovery does not list %q", sets.List(missing)), nil
		}
		return "", nil
	})
}

// served lists what discovery will list of a definition: group/version/plural.
func served(definition *unstructured.Unstructured) []string {
	group, _, _ := unstructured.NestedString(definition.Object, "spec", "group")
	plural, _, _ := unstructured.NestedString(definition.Object, "spec", "names", "plural")
	versions, _, _ := unstructured.NestedSlice(definition.Object, "spec", "versions")
	var names []string
	for _, item := range versions {
		if version, _ := item.(map[string]any); version["served"] == true {
			names = append(names, fmt.Sprintf("%s/%v/%s", group, version["name"], plural))
		}
	}
	return names
}

// poll calls check until it reports nothing missing, or fails.
func poll(ctx context.Context, check func() (missing string, err error)) error {
	for {
		missing, err := check()
		if missing == "" || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for it (%s): %w", missing, context.Cause(ctx))
		case <-time.After(pollInterval):
		}
	}
}

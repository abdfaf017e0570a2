package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/conformance"
	"github.com/kubectl-opa/kubectl-opa/pkg/testcluster"
)

// servedWithin bounds how long a custom resource takes from its definition
// until it can be used.
const servedWithin = 30 * time.Second

// writeManifests puts the objects of a file's cases where --from finds them.
func writeManifests(t *testing.T, file conformance.File) string {
	t.Helper()
	list, err := file.Manifests()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), file.Name+".json")
	if err := os.WriteFile(path, list, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// create creates the objects of all files, once.
func create(t *testing.T, cluster *testcluster.Cluster, files []conformance.File) {
	t.Helper()
	c := newCreator(t, cluster)
	group, ctx := errgroup.WithContext(t.Context())
	for _, file := range files {
		group.Go(func() error {
			for _, object := range file.Objects {
				if err := c.create(ctx, &unstructured.Unstructured{Object: object}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
}

// creator creates objects of any kind.
type creator struct {
	client dynamic.Interface
	mapper meta.ResettableRESTMapper
}

func newCreator(t *testing.T, cluster *testcluster.Cluster) creator {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", cluster.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	config.QPS = -1
	config.WarningHandler = rest.NoWarnings{}
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	asked, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	return creator{client, restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(asked))}
}

// create creates an object. What stands in its way only for a moment, such as a
// custom resource that is not served yet, is waited for.
func (c creator) create(ctx context.Context, object *unstructured.Unstructured) error {
	var last error
	err := wait.PollUntilContextTimeout(ctx, 50*time.Millisecond, servedWithin, true, func(ctx context.Context) (bool, error) {
		kind := object.GroupVersionKind()
		mapping, err := c.mapper.RESTMapping(kind.GroupKind(), kind.Version)
		if err != nil {
			last = err
			c.mapper.Reset()
			return false, nil
		}
		_, last = c.client.Resource(mapping.Resource).Namespace(object.GetNamespace()).Create(ctx, object, metav1.CreateOptions{})
		return !apierrors.IsNotFound(last), nil
	})
	if err = cmp.Or(last, err); err != nil {
		return fmt.Errorf("creating %s %s/%s: %w", object.GetKind(), object.GetNamespace(), object.GetName(), err)
	}
	return nil
}

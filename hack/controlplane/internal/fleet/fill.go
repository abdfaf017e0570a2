package fleet

import (
	"bytes"
	"context"
	"embed"
	"encoding/base64"
	"fmt"
	"os"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/hack/controlplane/internal/objects"
)

// manifests are what is on a control plane from the start: NAME.yaml.
//
//go:embed manifests/*.yaml
var manifests embed.FS

// fill gives master and seed KKP's objects.
func (f *Fleet) fill(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, name := range []string{Master, Seed} {
		group.Go(func() error {
			if err := f.fillOne(ctx, name); err != nil {
				return fmt.Errorf("setting KKP up on %s: %w", name, err)
			}
			return nil
		})
	}
	return group.Wait()
}

func (f *Fleet) fillOne(ctx context.Context, name string) error {
	all, err := read(name)
	if err != nil {
		return err
	}
	if err := setKubeconfigs(all, f.kubeconfig); err != nil {
		return err
	}
	client, err := objects.NewClient(f.Clusters[name].REST)
	if err != nil {
		return err
	}
	if err := client.Apply(ctx, all...); err != nil {
		return err
	}
	return client.ApplyStatus(ctx, objects.WithStatus(all)...)
}

func read(name string) ([]*unstructured.Unstructured, error) {
	content, err := manifests.ReadFile("manifests/" + name + ".yaml")
	if err != nil {
		return nil, err
	}
	return objects.Read(bytes.NewReader(content))
}

func (f *Fleet) kubeconfig(name string) ([]byte, error) {
	c, found := f.Clusters[name]
	if !found {
		return nil, fmt.Errorf("there is no control plane %q", name)
	}
	return os.ReadFile(c.Kubeconfig)
}

// setKubeconfigs puts kubeconfigs into Secrets, in the place of the names of control planes.
func setKubeconfigs(all []*unstructured.Unstructured, kubeconfig func(name string) ([]byte, error)) error {
	for _, object := range all {
		if object.GetKind() != "Secret" {
			continue
		}
		data, _, err := unstructured.NestedStringMap(object.Object, "data")
		if err != nil {
			return fmt.Errorf("reading Secret %s: %w", object.GetName(), err)
		}
		for key, name := range data {
			content, err := kubeconfig(name)
			if err != nil {
				return fmt.Errorf("filling Secret %s: %w", object.GetName(), err)
			}
			data[key] = base64.StdEncoding.EncodeToString(content)
		}
		if err := unstructured.SetNestedStringMap(object.Object, data, "data"); err != nil {
			return fmt.Errorf("filling Secret %s: %w", object.GetName(), err)
		}
	}
	return nil
}

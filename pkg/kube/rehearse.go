package kube

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/client-go/openapi"

	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
)

// rehearse computes what the server's apply would make of the object as it is,
// with the server's own code and schema, and lets the server check the result
// as a dry run.
func (c *Client) rehearse(ctx context.Context, place platform.Place, live, object *unstructured.Unstructured, o ChangeOptions) (*unstructured.Unstructured, error) {
	version := place.GroupVersion()
	converter, err := openapi.NewTypeConverter(oneVersion{c.discovery.OpenAPIV3(), "apis/" + version.String()}, false)
	if err != nil {
		return nil, fmt.Errorf("reading the server's schemas of %s: %w", version, err)
	}
	manager, err := managedfields.NewDefaultCRDFieldManager(converter, asIs{}, asIs{}, asIs{}, live.GroupVersionKind(), version, "", nil)
	if err != nil {
		return nil, err
	}
	applied, err := manager.Apply(live.DeepCopy(), object.DeepCopy(), FieldManager, o.Force)
	if err != nil {
		return nil, err
	}
	wanted, err := unstructuredOf(applied)
	if err != nil {
		return nil, err
	}
	wanted.SetManagedFields(live.GetManagedFields())
	data, err := mergePatch(live, wanted)
	if err != nil || data == nil {
		return live, err
	}
	return c.at(place).Patch(ctx, live.GetName(), types.MergePatchType, data, metav1.PatchOptions{
		DryRun: o.dryRun(), FieldManager: FieldManager, FieldValidation: metav1.FieldValidationStrict,
	})
}

func unstructuredOf(object runtime.Object) (*unstructured.Unstructured, error) {
	if same, ok := object.(*unstructured.Unstructured); ok {
		return same, nil
	}
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	return &unstructured.Unstructured{Object: content}, err
}

// oneVersion is the server's schemas of one API version: all of them together
// are megabytes.
type oneVersion struct {
	openapi.Client
	path string
}

// Paths implements openapi.Client.
func (v oneVersion) Paths() (map[string]openapi.GroupVersion, error) {
	all, err := v.Client.Paths()
	if err != nil {
		return nil, err
	}
	if all[v.path] == nil {
		return nil, fmt.Errorf("the server publishes none for %s", v.path)
	}
	return map[string]openapi.GroupVersion{v.path: all[v.path]}, nil
}

// asIs is what a field manager wants to know of versions and defaults: objects
// stay in the one version that they are in, and the server sets defaults.
type asIs struct{}

// Convert implements runtime.ObjectConvertor.
func (asIs) Convert(_, _, _ any) error { return nil }

// ConvertToVersion implements runtime.ObjectConvertor.
func (asIs) ConvertToVersion(in runtime.Object, _ runtime.GroupVersioner) (runtime.Object, error) {
	return in, nil
}

// ConvertFieldLabel implements runtime.ObjectConvertor.
func (asIs) ConvertFieldLabel(_ schema.GroupVersionKind, label, value string) (string, string, error) {
	return label, value, nil
}

// Default implements runtime.ObjectDefaulter.
func (asIs) Default(runtime.Object) {}

// New implements runtime.ObjectCreater.
func (asIs) New(kind schema.GroupVersionKind) (runtime.Object, error) {
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(kind)
	return object, nil
}

package policy

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	reportv1alpha1 "github.com/kubectl-opa/kubectl-opa/pkg/api/report/v1alpha1"
)

// ReadRegistry reads an AllowedRegistry: KKP's, or what stands for one on
// plain Gatekeeper, where there is no such API.
func ReadRegistry(object *unstructured.Unstructured) (*kubermaticv1.AllowedRegistry, error) {
	known := object.GroupVersionKind().Group == kubermaticv1.GroupVersion.Group || object.GetAPIVersion() == reportv1alpha1.APIVersion
	if object.GetKind() != kubermaticv1.KindAllowedRegistry || !known {
		return nil, wrongKind(object, "an AllowedRegistry of "+kubermaticv1.GroupVersion.Group)
	}
	registry := &kubermaticv1.AllowedRegistry{}
	return registry, decode(withoutServerFields(object).Object, registry, prunedField)
}

// RegistryObject is the AllowedRegistry as it is sent to KKP.
func RegistryObject(registry *kubermaticv1.AllowedRegistry) (*unstructured.Unstructured, error) {
	return encode(registry, kubermaticv1.KindAllowedRegistry, kubermaticv1.GroupVersion.String())
}

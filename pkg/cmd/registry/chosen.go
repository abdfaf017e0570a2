package registry

import (
	"context"
	"errors"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/imagepolicy"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// chosen is the flavor to keep, unknown for nothing to be kept: nobody has
// asked, now or before.
func (k *keeping) chosen(template *unstructured.Unstructured) (imagepolicy.Flavor, error) {
	there := imagepolicy.FlavorUnknown
	if template != nil {
		there = imagepolicy.FlavorOf(template)
	}
	ours := kept(template)
	switch {
	case !k.materialize && !ours:
		return imagepolicy.FlavorUnknown, nil
	case k.flavor.value != imagepolicy.FlavorUnknown:
		return k.flavor.value, nil
	case template == nil:
		return imagepolicy.FlavorHardened, nil
	case there == imagepolicy.FlavorUnknown:
		return there, advice.Errorf("to replace it: --flavor hardened or --flavor kkp",
			"template %s is neither KKP's nor the hardened one: somebody else has written or changed it", kubermaticv1.AllowedRegistryName)
	case !ours:
		// KKP's own, of an Enterprise Edition that was: it is asked for anew.
		return imagepolicy.FlavorHardened, nil
	}
	return there, nil
}

// kept tells whether this command keeps the template.
func kept(template *unstructured.Unstructured) bool {
	if template == nil {
		return false
	}
	_, found := template.GetAnnotations()[policy.AnnotationFlavor]
	return found
}

var (
	templatePlace   = platform.Place{GroupVersionResource: kubermaticv1.ConstraintTemplates}
	constraintPlace = platform.Place{GroupVersionResource: kubermaticv1.Constraints, Namespace: kubermaticv1.Namespace}
)

// find reads what enforces the registries; nil where it is not there.
func find(ctx context.Context, live *object.Live, place platform.Place) (*unstructured.Unstructured, error) {
	found, err := live.Get(ctx, place, kubermaticv1.AllowedRegistryName)
	if errors.Is(err, kube.ErrNotFound) {
		return nil, nil
	}
	return found, err
}

package imagepolicy

import (
	"encoding/json"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// Flavor is one of the two ways to decide about images by prefixes. Templates
// of both have the same name, kind and parameter, so that a cluster moves from
// one to the other by its template alone.
type Flavor string

const (
	// FlavorUnknown is that of a template which somebody else has written.
	FlavorUnknown Flavor = ""
	// FlavorKKP is how KKP decides: an image's text must begin with a prefix.
	FlavorKKP Flavor = "kkp"
	// FlavorHardened reads images as container runtimes do; a prefix ends where
	// a part of the image ends, and ephemeral containers count.
	FlavorHardened Flavor = "hardened"
)

// Flavors are the two that templates are made for.
func Flavors() []Flavor { return []Flavor{FlavorKKP, FlavorHardened} }

// Other is the other one of the two flavors.
func (f Flavor) Other() Flavor {
	if f == FlavorHardened {
		return FlavorKKP
	}
	return FlavorHardened
}

// Template is the template of a flavor, in KKP's form.
func Template(flavor Flavor) *kubermaticv1.ConstraintTemplate {
	if flavor == FlavorHardened {
		return template(hardenedRego)
	}
	return template(kkpRego)
}

// FlavorOf recognises the flavor of a template that is on a cluster, in KKP's
// or in Gatekeeper's form, by its Rego: KKP does not carry annotations to the
// user clusters, and an annotation stays when somebody edits the Rego.
func FlavorOf(object *unstructured.Unstructured) Flavor {
	stored := &kubermaticv1.ConstraintTemplate{}
	// Fields that newer versions have change no Rego.
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, stored); err != nil {
		return FlavorUnknown
	}
	for _, flavor := range Flavors() {
		if soleRego(stored) == soleRego(Template(flavor)) {
			return flavor
		}
	}
	return FlavorUnknown
}

// soleRego is the Rego of a template, and empty where that is not all that
// decides: Gatekeeper prefers other engines, and libraries may do anything.
func soleRego(template *kubermaticv1.ConstraintTemplate) string {
	sources := []policy.RegoSource{}
	for _, target := range template.Spec.Targets {
		if target.Rego != "" {
			sources = append(sources, policy.RegoSource{Rego: target.Rego, Libs: target.Libs})
		}
		for _, code := range target.Code {
			source := policy.RegoSource{}
			if err := json.Unmarshal(code.Source.Raw, &source); err != nil || code.Engine != policy.EngineRego {
				return ""
			}
			sources = append(sources, source)
		}
	}
	if len(sources) != 1 || len(sources[0].Libs) > 0 {
		return ""
	}
	return strings.TrimSpace(sources[0].Rego)
}

// Check decides about an image as the template of the flavor does.
func (f Flavor) Check(image string, prefixes []Prefix) Verdict {
	if f == FlavorHardened {
		return checkHardened(image, prefixes)
	}
	return checkKKP(image, prefixes)
}

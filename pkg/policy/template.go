package policy

import (
	"encoding/json"
	"fmt"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
)

// Names of Gatekeeper's APIs and of its only target for Kubernetes objects.
const (
	TemplatesGroup   = "templates.gatekeeper.sh"
	ConstraintsGroup = "constraints.gatekeeper.sh"
	KindTemplate     = "ConstraintTemplate"
	TargetName       = "admission.k8s.gatekeeper.sh"
	EngineRego       = "Rego"
	EngineCEL        = "K8sNativeValidation"

	TemplateAPIVersion   = TemplatesGroup + "/v1"
	ConstraintAPIVersion = ConstraintsGroup + "/v1beta1"
)

// prunedField is said of a field that KKP's API server would drop.
const prunedField = "unknown field: KKP would drop it without a word"

// RegoSource is the source of a code entry for the engine Rego.
type RegoSource struct {
	Rego    string   `json:"rego"`
	Libs    []string `json:"libs,omitempty"`
	Version string   `json:"version,omitempty"`
}

// ReadTemplate reads a ConstraintTemplate in KKP's or in Gatekeeper's form.
// Errors are FieldErrors where a field is to blame.
func ReadTemplate(object *unstructured.Unstructured) (*kubermaticv1.ConstraintTemplate, []Note, error) {
	group := object.GroupVersionKind().Group
	if object.GetKind() != kubermaticv1.KindConstraintTemplate ||
		(group != kubermaticv1.GroupVersion.Group && group != TemplatesGroup) {
		return nil, nil, wrongKind(object, "a ConstraintTemplate of "+kubermaticv1.GroupVersion.Group+" or of "+TemplatesGroup)
	}
	bare := withoutServerFields(object)
	template := &kubermaticv1.ConstraintTemplate{}
	if err := decode(bare.Object, template, prunedField); err != nil {
		return nil, nil, err
	}
	notes := []Note{}
	if group == TemplatesGroup && len(template.Annotations) > 0 {
		notes = append(notes, Note{Path: []any{"metadata", "annotations"},
			Text: "KKP does not carry annotations to the user clusters"})
	}
	return template, notes, nil
}

// IsGatekeeper tells whether an object is one of Gatekeeper's own, by its API.
func IsGatekeeper(object *unstructured.Unstructured) bool {
	return strings.HasSuffix(object.GroupVersionKind().Group, ".gatekeeper.sh")
}

func wrongKind(object *unstructured.Unstructured, want string) error {
	return &FieldError{Path: []any{"kind"},
		Problem: fmt.Sprintf("want %s, found %s of %q", want, orNone(object.GetKind()), object.GetAPIVersion())}
}

func orNone(text string) string {
	if text == "" {
		return "no kind"
	}
	return text
}

// withoutServerFields copies an object without what only the server writes.
func withoutServerFields(object *unstructured.Unstructured) *unstructured.Unstructured {
	bare := object.DeepCopy()
	delete(bare.Object, "status")
	for _, field := range []string{"managedFields", "creationTimestamp", "generation", "uid", "selfLink"} {
		unstructured.RemoveNestedField(bare.Object, "metadata", field)
	}
	return bare
}

// CheckTemplate finds what KKP accepts and Gatekeeper then refuses, where the
// fix is not for the plugin to choose.
func CheckTemplate(template *kubermaticv1.ConstraintTemplate) error {
	kind := template.Spec.CRD.Spec.Names.Kind
	if template.Name == "" {
		return CheckMetadata(&template.ObjectMeta)
	}
	switch {
	case kind == "":
		return &FieldError{Path: []any{"spec", "crd", "spec", "names", "kind"},
			Problem: "missing: the kind of the constraints that this template makes"}
	case template.Name != strings.ToLower(kind):
		return &FieldError{Path: []any{"metadata", "name"},
			Problem: fmt.Sprintf("is %q, but a template's name must be its kind in lower case, %q: Gatekeeper refuses it otherwise",
				template.Name, strings.ToLower(kind))}
	case len(template.Spec.Targets) != 1:
		return &FieldError{Path: []any{"spec", "targets"},
			Problem: fmt.Sprintf("want exactly one target, found %d", len(template.Spec.Targets))}
	}
	if err := CheckMetadata(&template.ObjectMeta); err != nil {
		return err
	}
	return checkClusterSelector(template.Spec.Selector)
}

// TemplateObject is the template as it is sent to KKP.
func TemplateObject(template *kubermaticv1.ConstraintTemplate) (*unstructured.Unstructured, error) {
	return encode(template, kubermaticv1.KindConstraintTemplate, kubermaticv1.GroupVersion.String())
}

// GatekeeperTemplate is the object that KKP writes to a user cluster: spec.crd
// and spec.targets as they are stored, with the default that the API server
// sets on the way; neither the selector nor labels nor annotations.
func GatekeeperTemplate(template *kubermaticv1.ConstraintTemplate) (*unstructured.Unstructured, error) {
	copied := &kubermaticv1.ConstraintTemplate{}
	copied.Name = template.Name
	copied.Spec = template.Spec
	copied.Spec.Selector = nil
	legacy := false
	validation := kubermaticv1.Validation{LegacySchema: &legacy}
	if stored := template.Spec.CRD.Spec.Validation; stored != nil {
		validation.OpenAPIV3Schema = stored.OpenAPIV3Schema
		if stored.LegacySchema != nil {
			validation.LegacySchema = stored.LegacySchema
		}
	}
	copied.Spec.CRD.Spec.Validation = &validation
	return encode(copied, kubermaticv1.KindConstraintTemplate, TemplateAPIVersion)
}

// Engines names the engines that a template has code for.
func Engines(template *kubermaticv1.ConstraintTemplate) []string {
	engines := []string{}
	for _, target := range template.Spec.Targets {
		if target.Rego != "" && len(target.Code) == 0 {
			engines = append(engines, EngineRego)
		}
		for _, code := range target.Code {
			engines = append(engines, code.Engine)
		}
	}
	return engines
}

// JSON is a value of maps, lists, texts and numbers as a free field holds it.
func JSON(value any) apiextensionsv1.JSON {
	data, err := json.Marshal(value)
	if err != nil {
		// Only maps, lists and texts are passed in.
		panic(err)
	}
	return apiextensionsv1.JSON{Raw: data}
}

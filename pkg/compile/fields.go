package compile

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	templatesv1 "github.com/open-policy-agent/frameworks/constraint/pkg/apis/templates/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	kjson "sigs.k8s.io/json"

	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// CheckFields finds fields of a Gatekeeper template that Gatekeeper does not
// know: a cluster drops them without a word. Several FieldErrors are joined.
func CheckFields(template *unstructured.Unstructured) error {
	data, err := json.Marshal(template.Object)
	if err != nil {
		return fmt.Errorf("reading template %q: %w", template.GetName(), err)
	}
	unknown, err := kjson.UnmarshalStrict(data, &templatesv1.ConstraintTemplate{})
	if err != nil {
		return fmt.Errorf("reading template %q: %w", template.GetName(), err)
	}
	problems := []error{}
	for _, problem := range unknown {
		quoted, isField := strings.CutPrefix(problem.Error(), "unknown field ")
		path, err := strconv.Unquote(quoted)
		if !isField || err != nil {
			problems = append(problems, problem)
			continue
		}
		problems = append(problems, &policy.FieldError{Path: policy.ParsePath(path),
			Problem: "unknown field: Gatekeeper would drop it without a word"})
	}
	return errors.Join(problems...)
}

// CheckMatch finds what is wrong with a constraint whatever its template says:
// everything but the parameters. What is wrong with a field is a
// *policy.FieldError; several are joined.
func CheckMatch(ctx context.Context, constraint *unstructured.Unstructured) error {
	anything := map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true}
	kind := constraint.GetKind()
	template := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": policy.TemplatesGroup + "/v1", "kind": policy.KindTemplate,
		"metadata": map[string]any{"name": strings.ToLower(kind)},
		"spec": map[string]any{
			"crd": map[string]any{"spec": map[string]any{
				"names":      map[string]any{"kind": kind},
				"validation": map[string]any{"openAPIV3Schema": anything},
			}},
			"targets": []any{map[string]any{"target": policy.TargetName, "rego": "package any\n\nviolation[{\"msg\": \"\"}] { false }\n"}},
		},
	}}
	schema, err := NewSchema(ctx, template)
	if err != nil {
		return fmt.Errorf("checking constraint %q: %w", constraint.GetName(), err)
	}
	return schema.Check(constraint)
}

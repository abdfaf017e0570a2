package compile

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/open-policy-agent/frameworks/constraint/pkg/client/crds"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/target"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// Schema is what Gatekeeper and the API server of a user cluster accept as a
// constraint of one template.
type Schema struct {
	crd        *apiextensions.CustomResourceDefinition
	validator  validation.SchemaValidator
	structural *structural.Structural
}

// NewSchema makes the schema of a Gatekeeper template, by the same code that
// makes the constraint's CRD from it on a cluster. The template's policy is
// not compiled.
func NewSchema(ctx context.Context, template *unstructured.Unstructured) (*Schema, error) {
	internal, err := Internal(template)
	if err != nil {
		return nil, err
	}
	client, err := NewClient()
	if err != nil {
		return nil, err
	}
	crd, err := client.CreateCRD(ctx, internal)
	if err != nil {
		return nil, fmt.Errorf("making the kind of template %q: %w", template.GetName(), err)
	}
	validator, _, err := validation.NewSchemaValidator(crd.Spec.Validation.OpenAPIV3Schema)
	if err != nil {
		return nil, fmt.Errorf("reading the schema of template %q: %w", template.GetName(), err)
	}
	fields, err := structural.NewStructural(crd.Spec.Validation.OpenAPIV3Schema)
	if err != nil {
		return nil, fmt.Errorf("reading the schema of template %q: %w", template.GetName(), err)
	}
	return &Schema{crd: crd, validator: validator, structural: fields}, nil
}

// Check tells what a user cluster would refuse or drop of a Gatekeeper
// constraint. What is wrong with a field is a *policy.FieldError; several are
// joined.
func (s *Schema) Check(constraint *unstructured.Unstructured) error {
	// The API server completes defaults before it looks.
	constraint = constraint.DeepCopy()
	defaulting.Default(constraint.Object, s.structural)
	problems := []error{}
	for _, wrong := range validation.ValidateCustomResource(nil, constraint.Object, s.validator) {
		problem := wrong.ErrorBody()
		if _, short, found := strings.Cut(wrong.Detail, wrong.Field+" in body "); found {
			problem = short
		}
		problems = append(problems, &policy.FieldError{Path: policy.ParsePath(wrong.Field), Problem: problem})
	}
	unknown := pruning.PruneWithOptions(constraint.DeepCopy().Object, s.structural, true,
		structural.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})
	for _, path := range unknown {
		problems = append(problems, &policy.FieldError{Path: policy.ParsePath(path),
			Problem: "the template does not know this field: it would be dropped without a word"})
	}
	if len(problems) > 0 {
		return errors.Join(problems...)
	}
	// What is left is Gatekeeper's own word on names, kinds and matches.
	if err := crds.ValidateCR(constraint, s.crd); err != nil {
		return fmt.Errorf("checking constraint %q: %w", constraint.GetName(), err)
	}
	if err := (&target.K8sValidationTarget{}).ValidateConstraint(constraint); err != nil {
		return fmt.Errorf("checking constraint %q: %w", constraint.GetName(), err)
	}
	return nil
}

package compile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/open-policy-agent/frameworks/constraint/pkg/client/crds"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/target"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/validation/field"

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
// constraint, and which parameters are missing: without any at all a cluster
// does not look for those that are required. What is wrong with a field is a
// *policy.FieldError; several are joined.
func (s *Schema) Check(constraint *unstructured.Unstructured) error {
	constraint = s.complete(constraint)
	problems := []*policy.FieldError{}
	for _, wrong := range validation.ValidateCustomResource(nil, constraint.Object, s.validator) {
		if problem := problemOf(wrong); problem != nil {
			problems = append(problems, problem)
		}
	}
	unknown := pruning.PruneWithOptions(constraint.DeepCopy().Object, s.structural, true,
		structural.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})
	for _, path := range unknown {
		problems = append(problems, &policy.FieldError{Path: policy.ParsePath(path),
			Problem: "the template does not know this field: it would be dropped without a word"})
	}
	if len(problems) > 0 {
		return joined(problems)
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

// complete is the constraint with parameters, if only empty ones, and with
// defaults, as the API server completes them before it looks.
func (s *Schema) complete(constraint *unstructured.Unstructured) *unstructured.Unstructured {
	constraint = constraint.DeepCopy()
	spec, _ := constraint.Object["spec"].(map[string]any)
	if _, typed := s.structural.Properties["spec"].Properties["parameters"]; spec != nil && spec["parameters"] == nil && typed {
		spec["parameters"] = map[string]any{}
	}
	defaulting.Default(constraint.Object, s.structural)
	return constraint
}

var wrongType = regexp.MustCompile(`^must be of type (\w+): "(\w+)"$`)

// problemOf takes the validator's sentence apart. It is nil for what it says
// twice: of a number that is not whole it also complains without a field.
func problemOf(wrong *field.Error) *policy.FieldError {
	if wrong.Field == "<nil>" {
		return nil
	}
	problem := wrong.ErrorBody()
	if _, short, found := strings.Cut(wrong.Detail, wrong.Field+" in body "); found {
		problem = wrongType.ReplaceAllString(short, "want type $1, found $2")
	}
	if wrong.Type == field.ErrorTypeRequired {
		problem = "is required, and missing"
	}
	return &policy.FieldError{Path: policy.ParsePath(wrong.Field), Problem: problem}
}

// joined sorts, as the validator walks through maps, and keeps one problem for
// a field: what has the wrong type also fits no enum.
func joined(problems []*policy.FieldError) error {
	slices.SortStableFunc(problems, func(a, b *policy.FieldError) int {
		return cmp.Or(strings.Compare(policy.PathString(a.Path), policy.PathString(b.Path)), rank(a)-rank(b))
	})
	problems = slices.CompactFunc(problems, func(a, b *policy.FieldError) bool {
		return policy.PathString(a.Path) == policy.PathString(b.Path)
	})
	all := make([]error, len(problems))
	for i, problem := range problems {
		all[i] = problem
	}
	return errors.Join(all...)
}

// rank puts a wrong type first.
func rank(problem *policy.FieldError) int {
	if strings.HasPrefix(problem.Problem, "want type ") {
		return 0
	}
	return 1
}

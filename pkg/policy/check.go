package policy

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metav1validation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
)

// CheckMetadata finds names and labels that the API server refuses.
func CheckMetadata(meta *metav1.ObjectMeta) error {
	path := []any{"metadata", "name"}
	if meta.Name == "" {
		return &FieldError{Path: path, Problem: "missing"}
	}
	if len(validation.IsDNS1123Subdomain(meta.Name)) > 0 {
		return &FieldError{Path: path, Problem: fmt.Sprintf(
			"is %q, want lower-case letters, digits, - and . only, a letter or digit at both ends, and at most %d of them",
			meta.Name, validation.DNS1123SubdomainMaxLength)}
	}
	return fieldErrors(metav1validation.ValidateLabels(meta.Labels, field.NewPath("metadata", "labels")))
}

// checkLabelSelector finds label selectors that nothing can be selected by.
func checkLabelSelector(selector *metav1.LabelSelector, path ...string) error {
	return fieldErrors(metav1validation.ValidateLabelSelector(selector,
		metav1validation.LabelSelectorValidationOptions{}, field.NewPath(path[0], path[1:]...)))
}

// checkClusterSelector finds what would select no user cluster, without a word
// from KKP.
func checkClusterSelector(selector *kubermaticv1.ClusterSelector) error {
	if selector == nil {
		return nil
	}
	for i, provider := range selector.Providers {
		if err := CheckProvider(provider); err != nil {
			return advice.Wrap(&FieldError{Path: []any{"spec", "selector", "providers", i}, Problem: err.Error()},
				"%s", strings.Join(advice.Next(err), ""))
		}
	}
	return checkLabelSelector(selector.LabelSelector, "spec", "selector", "labelSelector")
}

// CheckProvider refuses providers that KKP does not know: they select nothing.
func CheckProvider(provider string) error {
	if slices.Contains(kubermaticv1.ProviderNames, provider) {
		return nil
	}
	return advice.Errorf("KKP knows "+strings.Join(kubermaticv1.ProviderNames, ", "), "unknown provider %q", provider)
}

// fieldErrors turns the API server's own findings into ours.
func fieldErrors(found field.ErrorList) error {
	if len(found) == 0 {
		return nil
	}
	// Labels are a map: the same one of several first, each time.
	slices.SortFunc(found, func(a, b *field.Error) int { return strings.Compare(a.Error(), b.Error()) })
	// One mistake has several sentences at times: the first says it, and before
	// its examples.
	problem, _, _ := strings.Cut(found[0].ErrorBody(), " (e.g.")
	return &FieldError{Path: ParsePath(found[0].Field), Problem: problem}
}

// namespacePattern is Gatekeeper's own, of its constraints' definitions.
var namespacePattern = regexp.MustCompile(`^\*?[-:a-z0-9]*\*?$`)

// checkNamespaces finds what Gatekeeper takes for no namespace.
func checkNamespaces(names []string, list string) error {
	problems := []error{}
	for i, name := range names {
		if !namespacePattern.MatchString(name) {
			problems = append(problems, &FieldError{Path: []any{"spec", "match", list, i}, Problem: fmt.Sprintf(
				"is %q, want lower-case letters, digits and -, with * at the ends only", name)})
		}
	}
	return errors.Join(problems...)
}

package policy

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/validation"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
)

// importNamespace puts the Constraint where it lived.
func importNamespace(constraint *kubermaticv1.Constraint, own map[string]string) ([]Note, error) {
	namespace, found := own[AnnotationNamespace]
	switch {
	case !found && constraint.Namespace == "":
		return []Note{{[]any{"metadata"}, "no annotation " + AnnotationNamespace +
			" says where it belongs: it becomes a Default Constraint, unless a user cluster is named"}}, nil
	case !found:
		return nil, nil
	}
	if problems := validation.IsDNS1123Label(namespace); len(problems) > 0 {
		return nil, &FieldError{Path: AnnotationPath(AnnotationNamespace),
			Problem: fmt.Sprintf("is %q, want the name of a namespace", namespace)}
	}
	constraint.Namespace = namespace
	return nil, nil
}

func importedSelector(own map[string]string) (*kubermaticv1.ClusterSelector, error) {
	text, found := own[AnnotationSelector]
	if !found {
		return nil, nil
	}
	var selector *kubermaticv1.ClusterSelector
	if err := ReadAnnotation(AnnotationSelector, text, &selector, "a selector of user clusters as JSON"); err != nil {
		return nil, err
	}
	return selector, nil
}

func importDisabled(constraint *kubermaticv1.Constraint, own map[string]string) error {
	text, found := own[AnnotationDisabled]
	if found && text != "true" && text != "false" {
		return &FieldError{Path: AnnotationPath(AnnotationDisabled), Problem: fmt.Sprintf("is %q, want true or false", text)}
	}
	constraint.Spec.Disabled = text == "true"
	return nil
}

// importEmptySelectors puts back the selectors that say nothing. One that was
// given since, or a match that was taken away, stays as it is.
func importEmptySelectors(constraint *kubermaticv1.Constraint, own map[string]string) error {
	text, found := own[AnnotationEmptySelectors]
	if !found {
		return nil
	}
	match := constraint.Spec.Match
	if match == nil {
		match = &kubermaticv1.Match{}
	}
	for _, name := range strings.Split(text, ",") {
		switch {
		case name == labelSelector && match.LabelSelector == nil:
			match.LabelSelector = &metav1.LabelSelector{}
		case name == namespaceSelector && match.NamespaceSelector == nil:
			match.NamespaceSelector = &metav1.LabelSelector{}
		case name != labelSelector && name != namespaceSelector:
			return &FieldError{Path: AnnotationPath(AnnotationEmptySelectors),
				Problem: fmt.Sprintf("has %q, want %s, %s or both with a comma", name, labelSelector, namespaceSelector)}
		}
	}
	return nil
}

// importParameters gives the parameters the form that they had, unless they
// say something else by now.
func importParameters(constraint *kubermaticv1.Constraint, own map[string]string) ([]Note, error) {
	if text, found := own[AnnotationParameters]; found {
		original := map[string]apiextensionsv1.JSON{}
		if err := ReadAnnotation(AnnotationParameters, text, &original, "parameters as JSON"); err != nil {
			return nil, err
		}
		unfolded, err := parameters(original)
		if err != nil {
			return nil, &FieldError{Path: AnnotationPath(AnnotationParameters), Problem: err.Error()}
		}
		if sameValues(unfolded, constraint.Spec.Parameters) {
			constraint.Spec.Parameters = original
			return nil, nil
		}
	}
	if _, found := constraint.Spec.Parameters[kubermaticv1.RawJSONParameter]; !found {
		return nil, nil
	}
	// To KKP, rawJSON means all parameters; a parameter of this name that the
	// template really has must be folded into it.
	text, err := json.Marshal(constraint.Spec.Parameters)
	if err != nil {
		return nil, fmt.Errorf("folding parameters: %w", err)
	}
	constraint.Spec.Parameters = map[string]apiextensionsv1.JSON{kubermaticv1.RawJSONParameter: JSON(string(text))}
	return []Note{{[]any{"spec", "parameters", kubermaticv1.RawJSONParameter},
		"all parameters were folded into rawJSON: KKP takes a parameter of this name for all of them"}}, nil
}

// sameValues compares parameters by what they say: 1.0 is 1, order of keys and
// absence of all do not count.
func sameValues(a, b map[string]apiextensionsv1.JSON) bool {
	return len(a) == len(b) && (len(a) == 0 || reflect.DeepEqual(plain(a), plain(b)))
}

// plain is what becomes of a value that is written to a file and read again.
func plain(value any) any {
	for range 2 {
		data, err := json.Marshal(value)
		if err != nil {
			return err
		}
		value = nil
		if err := utiljson.Unmarshal(data, &value); err != nil {
			return err
		}
	}
	return value
}

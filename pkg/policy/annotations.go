package policy

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	kjson "sigs.k8s.io/json"
)

// Annotations of exported manifests. They hold what KKP's wrapper says and
// Gatekeeper has no field for, so that an import gives the wrapper back. On a
// wrapper itself, keys with the prefix mean nothing and are not exported.
const (
	AnnotationPrefix = "kubectl-opa/"

	// AnnotationNamespace is where a Constraint lived: kubermatic for a Default
	// Constraint.
	AnnotationNamespace = AnnotationPrefix + "namespace"
	// AnnotationSelector is spec.selector, the user clusters, as JSON.
	AnnotationSelector = AnnotationPrefix + "selector"
	// AnnotationDisabled is "true" for a Constraint with spec.disabled.
	AnnotationDisabled = AnnotationPrefix + "disabled"
	// AnnotationParameters is spec.parameters as JSON, where rawJSON was
	// unfolded.
	AnnotationParameters = AnnotationPrefix + "parameters"
	// AnnotationEmptySelectors names the selectors of spec.match that were there
	// and empty, separated by commas.
	AnnotationEmptySelectors = AnnotationPrefix + "empty-selectors"
	// AnnotationEnforcement is what a constraint that is disabled on plain
	// Gatekeeper does once it is enabled, as JSON. No export writes it.
	AnnotationEnforcement = AnnotationPrefix + "enforcement"
	// AnnotationRegistries is a map of the AllowedRegistries that a constraint
	// was made of, name to prefix, as JSON.
	AnnotationRegistries = AnnotationPrefix + "registries"
	// AnnotationFlavor tells people how the template of the allowed registries
	// decides. What counts is its Rego.
	AnnotationFlavor = AnnotationPrefix + "flavor"
)

// lastApplied is kubectl's copy of a whole object, of no use on another one.
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// maxAnnotations is what Kubernetes takes at most of all annotations together.
const maxAnnotations = 256 * 1024

// AnnotationPath leads to an annotation of an object.
func AnnotationPath(key string) []any { return []any{"metadata", "annotations", key} }

// exportedMeta keeps name, labels and annotations, and adds our annotations.
func exportedMeta(from metav1.ObjectMeta, own map[string]string) metav1.ObjectMeta {
	annotations := maps.Clone(from.Annotations)
	maps.DeleteFunc(annotations, func(key, _ string) bool {
		return key == lastApplied || strings.HasPrefix(key, AnnotationPrefix)
	})
	if annotations == nil {
		annotations = map[string]string{}
	}
	maps.Copy(annotations, own)
	size := 0
	for key, value := range annotations {
		size += len(key) + len(value)
	}
	if size > maxAnnotations {
		// The API server would refuse the object. What the parameters mean is in
		// the spec; only the way they were written is lost.
		delete(annotations, AnnotationParameters)
	}
	return metav1.ObjectMeta{Name: from.Name, Labels: from.Labels, Annotations: annotations}
}

// annotate sets an annotation to a value's JSON.
func annotate(own map[string]string, key string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("writing annotation %s: %w", key, err)
	}
	own[key] = string(text)
	return nil
}

// takeAnnotations copies an object without what an import must not carry on:
// the server's fields and our annotations, which are returned apart.
func takeAnnotations(object *unstructured.Unstructured) (*unstructured.Unstructured, map[string]string, error) {
	bare := withoutServerFields(object)
	for _, field := range []string{"resourceVersion", "finalizers", "ownerReferences"} {
		unstructured.RemoveNestedField(bare.Object, "metadata", field)
	}
	own := map[string]string{}
	metadata, _ := bare.Object["metadata"].(map[string]any)
	annotations, _ := metadata["annotations"].(map[string]any)
	delete(annotations, lastApplied)
	problems := []error{}
	for _, key := range slices.Sorted(maps.Keys(annotations)) {
		if !strings.HasPrefix(key, AnnotationPrefix) {
			continue
		}
		text, isText := annotations[key].(string)
		if !isText {
			problems = append(problems, &FieldError{Path: AnnotationPath(key), Problem: "want a text"})
		}
		own[key] = text
		delete(annotations, key)
	}
	if len(annotations) == 0 {
		delete(metadata, "annotations")
	}
	return bare, own, errors.Join(problems...)
}

// ReadAnnotation reads the JSON of an annotation, strictly; want says what it
// should hold.
func ReadAnnotation(key, text string, into any, want string) error {
	strict, err := kjson.UnmarshalStrict([]byte(text), into)
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) {
		err = fmt.Errorf("%s is %s", cmp.Or(wrongType.Field, "it"), typeName(wrongType.Value))
	}
	if err = errors.Join(append(strict, err)...); err != nil {
		return &FieldError{Path: AnnotationPath(key), Problem: fmt.Sprintf("does not hold %s: %v", want, err)}
	}
	return nil
}

// strangers notes our annotations that an import of this kind does not know.
func strangers(own map[string]string, known ...string) []Note {
	notes := []Note{}
	for _, key := range slices.Sorted(maps.Keys(own)) {
		if !slices.Contains(known, key) {
			notes = append(notes, Note{AnnotationPath(key), "left out: an export writes no such annotation"})
		}
	}
	return notes
}

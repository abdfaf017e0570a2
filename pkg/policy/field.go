// Package policy holds templates and constraints as values: it reads them in
// KKP's and in Gatekeeper's form, completes what a form lacks, and turns the
// one form into the other.
package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	kjson "sigs.k8s.io/json"
)

// FieldError says what is wrong with one field of an object.
type FieldError struct {
	// Path leads to the field: map keys (string) and list indices (int).
	Path []any
	// Problem is the sentence about it.
	Problem string
}

// Error gives the path and the problem.
func (e *FieldError) Error() string {
	if len(e.Path) == 0 {
		return e.Problem
	}
	return PathString(e.Path) + ": " + e.Problem
}

// Note is something that was completed or will not travel: the user should
// know, and need not act.
type Note struct {
	Path []any
	Text string
}

// PathString writes a path as users know it: spec.targets[0].rego.
func PathString(path []any) string {
	var text strings.Builder
	for _, step := range path {
		switch step := step.(type) {
		case int:
			fmt.Fprintf(&text, "[%d]", step)
		default:
			if text.Len() > 0 {
				text.WriteByte('.')
			}
			fmt.Fprint(&text, step)
		}
	}
	return text.String()
}

var pathStep = regexp.MustCompile(`\[(\d+)\]|[^.\[\]]+`)

// ParsePath is the inverse of PathString.
func ParsePath(text string) []any {
	path := []any{}
	for _, found := range pathStep.FindAllStringSubmatch(text, -1) {
		if index, err := strconv.Atoi(found[1]); err == nil {
			path = append(path, index)
		} else {
			path = append(path, found[0])
		}
	}
	return path
}

// decode fills a typed value from an object. Each unknown field and each field
// of a wrong type is a FieldError; unknown says what becomes of unknown fields.
func decode(object map[string]any, into any, unknown string) error {
	data, err := json.Marshal(object)
	if err != nil {
		return fmt.Errorf("reading object: %w", err)
	}
	strict, err := kjson.UnmarshalStrict(data, into)
	if err != nil {
		return wrongTypes(err)
	}
	problems := []error{}
	for _, err := range strict {
		problem := &FieldError{Problem: err.Error()}
		if name, found := strings.CutPrefix(err.Error(), "unknown field "); found {
			if path, err := strconv.Unquote(name); err == nil {
				problem.Path = ParsePath(path)
				problem.Problem = unknown
			}
		}
		problems = append(problems, problem)
	}
	return errors.Join(problems...)
}

// wrongTypes says of what was decoded which field is of a wrong type. A nil
// err stays nil.
func wrongTypes(err error) error {
	var wrongType *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrongType):
		return &FieldError{
			Path:    ParsePath(wrongType.Field),
			Problem: fmt.Sprintf("want %s, found %s", typeName(wrongType.Type.Kind().String()), typeName(wrongType.Value)),
		}
	}
	return fmt.Errorf("reading object: %w", err)
}

// typeName turns Go's and JSON's names of types into one set of words.
func typeName(name string) string {
	switch name {
	case "slice":
		return "a list"
	case "struct", "map", "ptr", "object":
		return "a map of fields"
	case "array":
		return "a list"
	case "bool":
		return "true or false"
	case "string":
		return "a text"
	case "int", "int32", "int64":
		return "a whole number"
	}
	if strings.HasPrefix(name, "number") {
		return "a number"
	}
	return name
}

// encode is the inverse of decode: the value as an object for the API server.
func encode(value any, kind, apiVersion string) (*unstructured.Unstructured, error) {
	data, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("writing %s: %w", kind, err)
	}
	object := &unstructured.Unstructured{}
	// As the API server has it: whole numbers stay whole, however long.
	if err := utiljson.Unmarshal(data, &object.Object); err != nil {
		return nil, fmt.Errorf("writing %s: %w", kind, err)
	}
	object.SetAPIVersion(apiVersion)
	object.SetKind(kind)
	return object, nil
}

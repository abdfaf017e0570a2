package kubequery

import (
	"errors"
	"fmt"
	"strings"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// checkSchemas refuses policies with a schema in an annotation that refers to
// a file: the compiler would open it, whatever the capabilities say.
func checkSchemas(policies []Policy) error {
	for _, policy := range policies {
		for _, annotations := range policy.module.Annotations {
			for _, schema := range annotations.Schemas {
				if schema.Definition == nil {
					continue
				}
				if file, found := fileReference(*schema.Definition); found {
					text := fmt.Sprintf("loading policies: %s: a schema refers to %s, and a policy reads no files",
						positionOf(annotations.Location), advice.Quote(file))
					return &programError{text, errors.New(text)}
				}
			}
		}
	}
	return nil
}

// fileReference finds an address of a file in a schema, as a reference or as
// what references are relative to.
func fileReference(schema any) (string, bool) {
	switch value := schema.(type) {
	case map[string]any:
		for _, key := range []string{"$ref", "$id", "id", "$schema"} {
			if text, ok := value[key].(string); ok && strings.HasPrefix(strings.ToLower(text), "file:") {
				return text, true
			}
		}
		for _, each := range value {
			if file, found := fileReference(each); found {
				return file, true
			}
		}
	case []any:
		for _, each := range value {
			if file, found := fileReference(each); found {
				return file, true
			}
		}
	}
	return "", false
}

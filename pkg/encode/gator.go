package encode

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// gatorTarget is Gatekeeper's only target.
const gatorTarget = "admission.k8s.gatekeeper.sh"

// GatorResult is what a constraint says of an object, as "gator test -o json"
// writes it. Target is set by GatorJSON; there is never a trace.
type GatorResult struct {
	Target string `json:"target"`
	// Message is the policy's.
	Message string `json:"msg,omitempty"`
	// Metadata have the details of templates in Rego.
	Metadata map[string]any `json:"metadata,omitempty"`
	// Constraint is the whole constraint.
	Constraint        *unstructured.Unstructured `json:"constraint,omitempty"`
	EnforcementAction string                     `json:"enforcementAction,omitempty"`
	ScopedActions     []string                   `json:"scopedActions,omitempty"`
	// ViolatingObject is the whole object.
	ViolatingObject *unstructured.Unstructured `json:"violatingObject"`
	Trace           *string                    `json:"trace"`
}

// GatorJSON writes results as gator does, byte for byte: sorted by action and
// message, no line break in the end, null for none. Where gator leaves the order
// to chance, among equals, it is that of the results.
func GatorJSON(out io.Writer, results []GatorResult) error {
	sorted := slices.Clone(results)
	for i := range sorted {
		sorted[i].Target = gatorTarget
	}
	slices.SortStableFunc(sorted, func(a, b GatorResult) int {
		if order := strings.Compare(a.EnforcementAction, b.EnforcementAction); order != 0 {
			return order
		}
		return strings.Compare(a.Message, b.Message)
	})
	text, err := json.MarshalIndent(sorted, "", "    ")
	if err != nil {
		return fmt.Errorf("writing gator's JSON: %w", err)
	}
	if len(sorted) == 0 {
		text = []byte("null")
	}
	_, err = out.Write(text)
	return err
}

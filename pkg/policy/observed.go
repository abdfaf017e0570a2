package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Observed is what Gatekeeper says, in its status, of a template or a
// constraint.
type Observed struct {
	// Pods is how many of Gatekeeper's Pods say something at all.
	Pods int
	// Behind are those that have not seen the object as it is now, sorted.
	Behind []string
	// Errors are what the Pods say is wrong, each once, sorted.
	Errors []string
	// Violations is how many the last audit found, all of them: Gatekeeper lists
	// only some. Nil before the first audit.
	Violations *int64
	// Audited is when the last audit was; zero before the first one.
	Audited time.Time
}

// Settled tells whether Gatekeeper has taken the object as it is now.
func (o Observed) Settled() bool { return o.Pods > 0 && len(o.Behind) == 0 && len(o.Errors) == 0 }

// Observe reads the status that Gatekeeper has written.
func Observe(object *unstructured.Unstructured) Observed {
	o := Observed{}
	pods, _, _ := unstructured.NestedSlice(object.Object, "status", "byPod")
	for _, entry := range pods {
		pod, _ := entry.(map[string]any)
		o.Pods++
		if seen, _, _ := unstructured.NestedInt64(pod, "observedGeneration"); seen < object.GetGeneration() {
			id, _ := pod["id"].(string)
			o.Behind = append(o.Behind, id)
		}
		o.Errors = append(o.Errors, podErrors(pod)...)
	}
	slices.Sort(o.Behind)
	slices.Sort(o.Errors)
	o.Errors = slices.Compact(o.Errors)
	if violations, found, _ := unstructured.NestedInt64(object.Object, "status", "totalViolations"); found {
		o.Violations = &violations
	}
	if at, found, _ := unstructured.NestedString(object.Object, "status", "auditTimestamp"); found {
		o.Audited, _ = time.Parse(time.RFC3339, at)
	}
	return o
}

// podErrors are what one Pod says is wrong.
func podErrors(pod map[string]any) []string {
	problems := []string{}
	list, _ := pod["errors"].([]any)
	for _, entry := range list {
		fields, _ := entry.(map[string]any)
		if message, _ := fields["message"].(string); message != "" {
			problems = append(problems, message)
		} else if code, _ := fields["code"].(string); code != "" {
			problems = append(problems, code)
		}
	}
	points, _ := pod["enforcementPointsStatus"].([]any)
	for _, entry := range points {
		fields, _ := entry.(map[string]any)
		message, _ := fields["message"].(string)
		// Every constraint of a template in Rego gets this one: it cannot become
		// a ValidatingAdmissionPolicy, and nobody asked for one.
		if fields["state"] == "error" && !strings.Contains(message, "engine is missing") {
			problems = append(problems, fmt.Sprintf("%v: %s", fields["enforcementPoint"], message))
		}
	}
	return problems
}

package policy

import (
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// pods are what each of Gatekeeper's Pods says of an object (status.byPod).
func pods(object *unstructured.Unstructured) []map[string]any {
	list, _, _ := unstructured.NestedSlice(object.Object, "status", "byPod")
	found := []map[string]any{}
	for _, item := range list {
		if pod, ok := item.(map[string]any); ok {
			found = append(found, pod)
		}
	}
	return found
}

// Observed tells whether all of Gatekeeper's Pods that say something of an
// object have seen it as it is now: one at least has.
func Observed(object *unstructured.Unstructured) bool {
	all := pods(object)
	return len(all) > 0 && !slices.ContainsFunc(all, func(pod map[string]any) bool {
		seen, _, _ := unstructured.NestedInt64(pod, "observedGeneration")
		uid, _, _ := unstructured.NestedString(pod, "templateUID")
		if uid == "" {
			uid, _, _ = unstructured.NestedString(pod, "constraintUID")
		}
		return seen < object.GetGeneration() || uid != "" && uid != string(object.GetUID())
	})
}

// PodErrors are what Gatekeeper's Pods say is wrong with an object, each once.
// That a Rego constraint has nothing for ValidatingAdmissionPolicies is none:
// Gatekeeper says it of all of them.
func PodErrors(object *unstructured.Unstructured) []string {
	problems := []string{}
	for _, pod := range pods(object) {
		list, _, _ := unstructured.NestedSlice(pod, "errors")
		for _, item := range list {
			fields, _ := item.(map[string]any)
			message, _ := fields["message"].(string)
			code, _ := fields["code"].(string)
			problem := strings.TrimPrefix(code+": "+message, ": ")
			if problem != "" && !slices.Contains(problems, problem) {
				problems = append(problems, problem)
			}
		}
	}
	return problems
}

// TotalViolations is how many violations the last audit found, of which the
// status lists only the first ones. It is not found before the first audit.
func TotalViolations(constraint *unstructured.Unstructured) (total int64, found bool) {
	total, found, err := unstructured.NestedInt64(constraint.Object, "status", "totalViolations")
	return total, found && err == nil
}

// AuditedAt is when the last audit ended; it is not found before the first.
func AuditedAt(constraint *unstructured.Unstructured) (at time.Time, found bool) {
	text, _, _ := unstructured.NestedString(constraint.Object, "status", "auditTimestamp")
	at, err := time.Parse(time.RFC3339, text)
	return at, err == nil
}

package engine

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// scoped is a constraint that does something at each of these points.
func scoped(actions map[string][]any) *unstructured.Unstructured {
	list := []any{}
	for _, action := range []string{"warn", "deny", "dryrun"} {
		points := []any{}
		for _, point := range actions[action] {
			points = append(points, map[string]any{"name": point})
		}
		if len(points) > 0 {
			list = append(list, map[string]any{"action": action, "enforcementPoints": points})
		}
	}
	return constraint("A", "a", map[string]any{"enforcementAction": "scoped", "scopedEnforcementActions": list})
}

// TestDifferences wants what is told of policies, from each point.
func TestDifferences(t *testing.T) {
	operated := func(operations ...any) *unstructured.Unstructured {
		object := template("A", named, "")
		object.Object["spec"].(map[string]any)["targets"].([]any)[0].(map[string]any)["operations"] = operations
		return object
	}
	const (
		onDelete  = "its operations are [DELETE]: the webhook does not ask it about what is created, the audit and gator review all that is there"
		empty     = "it reads input.review.namespaceObject, which is empty in gator"
		different = "its scopedEnforcementActions say deny and warn at the webhook, warn at the audit, nothing at gator"
		excludes  = "it excludes kube-* from the webhook, nothing from the audit, nothing from gator"
		everybody = "it excludes kube-* from the webhook, kube-* from the audit, nothing from gator"
		given     = "it changes what an expansion makes, and not the object under review: give that as it is after its mutation"
	)
	others := map[Point][]Point{Webhook: {Audit, Gator}, Audit: {Webhook, Gator}, Gator: {Webhook, Audit}}
	for name, tc := range map[string]struct {
		object *unstructured.Unstructured
		why    string
		// points are those that see it otherwise, by who asks; nobody tells where there is none.
		points map[Point][]Point
	}{
		"a template":               {template("A", named, ""), "", nil},
		"a template with CEL":      {template("A", named, "false"), "", nil},
		"operations":               {operated("DELETE"), onDelete, map[Point][]Point{Webhook: {Audit, Gator}, Audit: {Webhook}, Gator: {Webhook}}},
		"operations with creation": {operated("CREATE", "DELETE"), "", nil},
		"all operations":           {operated("*"), "", nil},
		"a Namespace is read": {
			template("A", "package a\nviolation[{\"msg\": \"m\"}] { input.review.namespaceObject.metadata.labels.a }\n", ""), empty,
			map[Point][]Point{Webhook: {Gator}, Audit: {Gator}, Gator: {Webhook, Audit}},
		},
		"a Namespace is read by a path": {
			template("A", "package a\nviolation[{\"msg\": \"m\"}] { review := input.review; object.get(review, [\"namespaceObject\", \"metadata\"], {}) }\n", ""), empty,
			map[Point][]Point{Webhook: {Gator}, Audit: {Gator}, Gator: {Webhook, Audit}},
		},
		"a constraint": {constraint("A", "a", map[string]any{"enforcementAction": "warn"}), "", nil},
		"actions that differ": {
			scoped(map[string][]any{"deny": {"validation.gatekeeper.sh"}, "warn": {"audit.gatekeeper.sh", "validation.gatekeeper.sh"}}), different, others,
		},
		"actions that are the same": {scoped(map[string][]any{"deny": {"*"}}), "", nil},
		"actions somewhere else": {
			scoped(map[string][]any{"dryrun": {"gator.gatekeeper.sh", "vap.k8s.io"}}),
			"its scopedEnforcementActions say nothing at the webhook, nothing at the audit, dryrun at gator",
			map[Point][]Point{Webhook: {Gator}, Audit: {Gator}, Gator: {Webhook, Audit}},
		},
		"a Config for the webhook": {excluding("kube-*", "webhook"), excludes, map[Point][]Point{Webhook: {Audit, Gator}, Audit: {Webhook}, Gator: {Webhook}}},
		"a Config for all":         {excluding("kube-*", "*"), everybody, map[Point][]Point{Webhook: {Gator}, Audit: {Gator}, Gator: {Webhook, Audit}}},
		"a Config for the sync":    {excluding("kube-*", "sync", "mutation-webhook"), "", nil},
		"a Config of another name": {object("config.gatekeeper.sh/v1alpha1", "Config", "other", nil), "it is ignored: Gatekeeper looks at the Config with the name config alone", map[Point][]Point{Webhook: nil, Audit: nil, Gator: nil}},
		"a SyncSet":                {syncSet(), "", nil},
		"an expansion":             {podsOfDeployments(), "", nil},
		"a mutator":                {labelling("AssignMetadata", map[string]any{"location": "metadata.labels.a", "parameters": map[string]any{"assign": map[string]any{"value": "b"}}}), given, map[Point][]Point{Webhook: nil, Audit: nil}},
		"a Namespace":              {namespace("shop", nil), "", nil},
		"a Provider":               {object("externaldata.gatekeeper.sh/v1beta1", "Provider", "p", nil), "it is not asked: external data is not to be had here", map[Point][]Point{Webhook: nil, Audit: nil, Gator: nil}},
		"a kind that nobody knows": {object("mutations.gatekeeper.sh/v1", "AssignX", "x", nil), "it is ignored: mutations.gatekeeper.sh/v1 has no kind AssignX that is known here", map[Point][]Point{Webhook: nil, Audit: nil, Gator: nil}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, point := range reviewing {
				enforcer := newEnforcer(t, Options{Point: point})
				if RoleOf(tc.object) == Constraint {
					add(t, enforcer, template("A", named, ""))
				}
				add(t, enforcer, tc.object)
				want := []Difference(nil)
				if points, told := tc.points[point]; told {
					want = []Difference{{Points: points, Why: tc.why, Object: tc.object}}
				}
				if diff := cmp.Diff(want, enforcer.Differences()); diff != "" {
					t.Errorf("%s: %s", point, diff)
				}
			}
		})
	}
}

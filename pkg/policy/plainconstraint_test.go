package policy_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

const plainKind, wrapped = "constraints.gatekeeper.sh/v1beta1 K8sA", "kubermatic.k8c.io/v1 Constraint"

// TestPlainConstraint holds what is applied to a cluster with Gatekeeper.
func TestPlainConstraint(t *testing.T) {
	const everything = `match: {kinds: [{apiGroups: [""], kinds: [Pod]}], scope: Namespaced, namespaces: ["kube-*"], later: x}`
	for name, tc := range map[string]struct {
		in, fields, want string
		notes            []string
	}{
		"Gatekeeper's": {
			plainKind, "{metadata: {name: c, labels: {default: x}}, spec: {enforcementAction: warn, parameters: {rawJSON: x}, " + everything + "}}",
			"{metadata: {name: c, labels: {default: x}}, spec: {enforcementAction: warn, parameters: {rawJSON: x}, " + everything + "}}", nil,
		},
		"Gatekeeper's of an older API, as the server has it": {
			"constraints.gatekeeper.sh/v1alpha1 K8sA", "{metadata: {name: c, uid: u}, spec: {}, status: {totalViolations: 3}}", "{metadata: {name: c}, spec: {}}", nil,
		},
		"Gatekeeper's with an action for each point": {
			plainKind, `{metadata: {name: c}, spec: {enforcementAction: scoped, scopedEnforcementActions: [{action: deny, enforcementPoints: [{name: "*"}, {name: vap.k8s.io}]}]}}`,
			`{metadata: {name: c}, spec: {enforcementAction: scoped, scopedEnforcementActions: [{action: deny, enforcementPoints: [{name: "*"}, {name: vap.k8s.io}]}]}}`, nil,
		},
		"Gatekeeper's, disabled": {
			plainKind, `{metadata: {name: c, annotations: {kubectl-opa/enforcement: '{}'}}, spec: {enforcementAction: scoped, scopedEnforcementActions: []}}`,
			`{metadata: {name: c, annotations: {kubectl-opa/enforcement: '{}'}}, spec: {enforcementAction: scoped, scopedEnforcementActions: []}}`, nil,
		},
		"the longest name": {
			plainKind, "{metadata: {name: " + strings.Repeat("a", 63) + "}}", "{metadata: {name: " + strings.Repeat("a", 63) + "}}", nil,
		},
		"KKP's": {
			wrapped, "{metadata: {name: c, namespace: cluster-x, labels: {default: c}, annotations: {a: b}}, spec: {constraintType: K8sA, disabled: false, enforcementAction: dryrun, " + everything + "}}",
			"{metadata: {name: c, annotations: {a: b}}, spec: {enforcementAction: dryrun, " + everything + "}}", nil,
		},
		"KKP's with other labels, for some clusters": {
			wrapped, "{metadata: {name: c, labels: {default: c, a: b}}, spec: {constraintType: K8sA, disabled: null, selector: {providers: [aws]}, parameters: {a: 1}}}",
			"{metadata: {name: c, labels: {a: b}}, spec: {parameters: {a: 1}}}",
			[]string{"spec.selector | left out: it selects KKP's user clusters, and this is for one cluster"},
		},
		"KKP's, folded": {
			wrapped, `{metadata: {name: c}, spec: {constraintType: K8sA, parameters: {rawJSON: '{"a":[1],"max":12345678901,"nothing":null}', b: 2}}}`,
			"{metadata: {name: c}, spec: {parameters: {a: [1], max: 12345678901, nothing: null}}}", nil,
		},
		"KKP's, disabled": {
			wrapped, "{metadata: {name: c}, spec: {constraintType: K8sA, disabled: true, enforcementAction: warn}}",
			`{metadata: {name: c, annotations: {kubectl-opa/enforcement: '{"enforcementAction":"warn"}'}}, spec: {enforcementAction: scoped, scopedEnforcementActions: []}}`,
			[]string{"spec.disabled | Gatekeeper has no such field: the constraint is enforced nowhere until it is enabled"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			apiVersion, kind, _ := strings.Cut(tc.in, " ")
			in := typed(t, apiVersion, kind, tc.fields)
			before := in.DeepCopy()
			got, notes, err := policy.PlainConstraint(in)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(gatekeeperConstraint(t, tc.want).Object, got.Object); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tc.notes, lines(notes)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(before.Object, in.Object); diff != "" {
				t.Errorf("the input was changed: %s", diff)
			}
		})
	}
}

// TestPlainConstraintErrors holds what is refused: Gatekeeper would take it for
// "enforce nothing" or "match everything".
func TestPlainConstraintErrors(t *testing.T) {
	const (
		other  = "kind: want a constraint of constraints.gatekeeper.sh or a Constraint of kubermatic.k8c.io, found "
		action = "want one of deny, dryrun, warn"
		list   = "spec.scopedEnforcementActions"
		point  = ", want one of validation.gatekeeper.sh, audit.gatekeeper.sh, gator.gatekeeper.sh, vap.k8s.io, *: the action would be taken nowhere"
		namely = ", want lower-case letters, digits and -, with * at the ends only"
	)
	scopedOf := func(entries string) string {
		return "{enforcementAction: scoped, scopedEnforcementActions: " + entries + "}"
	}
	for name, tc := range map[string]struct{ in, spec, want string }{
		"another API":       {"example.com/v1 K8sA", "{}", other + `K8sA of "example.com/v1"`},
		"another of KKP's":  {"kubermatic.k8c.io/v1 Cluster", "{}", other + `Cluster of "kubermatic.k8c.io/v1"`},
		"no type":           {wrapped, "{}", "spec.constraintType: missing: the kind of the template, such as K8sRequiredLabels"},
		"half disabled":     {wrapped, "{constraintType: K8sA, disabled: 'yes'}", "spec.disabled: want true or false"},
		"rawJSON of a list": {wrapped, "{constraintType: K8sA, parameters: {rawJSON: '[1]'}}", `spec.parameters.rawJSON: does not hold a JSON object ("[1]"): KKP does not sync the constraint`},
		"rawJSON of a map": {
			wrapped, "{constraintType: K8sA, parameters: {rawJSON: {a: 1}}}",
			"spec.parameters.rawJSON: want a text that holds a JSON object: KKP does not sync the constraint otherwise",
		},
		"no such action": {plainKind, "{enforcementAction: block}", `spec.enforcementAction: is "block", want one of deny, dryrun, warn or scoped: Gatekeeper would enforce nothing`},
		"no such action, disabled": {
			wrapped, "{constraintType: K8sA, disabled: true, enforcementAction: block}",
			`spec.enforcementAction: is "block", want one of deny, dryrun, warn or scoped: Gatekeeper would enforce nothing`,
		},
		"an action of a wrong type": {plainKind, "{enforcementAction: 3}", "spec.enforcementAction: want a text, found a number"},
		"no points at all":          {plainKind, scopedOf("[]"), list + ": is empty: Gatekeeper would enforce nothing"},
		"no list":                   {plainKind, "{enforcementAction: scoped}", list + ": is empty: Gatekeeper would enforce nothing"},
		"a list that does not count": {
			plainKind, "{scopedEnforcementActions: [{action: deny, enforcementPoints: [{name: '*'}]}]}", list + ": does not count, as enforcementAction is deny and not scoped",
		},
		"no points":     {plainKind, scopedOf("[{action: deny}]"), list + "[0].enforcementPoints: is empty: the action is taken nowhere"},
		"a scoped none": {plainKind, scopedOf("[{action: deny, enforcementPoints: [{name: '*'}]}, {action: scoped, enforcementPoints: [{name: '*'}]}]"), list + `[1].action: is "scoped", ` + action},
		"a short name":  {plainKind, scopedOf("[{action: deny, enforcementPoints: [{name: '*'}, {name: webhook}]}]"), list + `[0].enforcementPoints[1].name: is "webhook"` + point},
		"no such point": {plainKind, scopedOf("[{action: deny, enforcementPoints: [{name: door}]}]"), list + `[0].enforcementPoints[0].name: is "door"` + point},
		"no such scope": {plainKind, "{match: {scope: namespaced}}", `spec.match.scope: is "namespaced", want one of *, Cluster, Namespaced: Gatekeeper would match everything`},
		"no such namespace": {
			plainKind, "{match: {namespaces: [a, B], excludedNamespaces: [a*b]}}",
			`spec.match.namespaces[1]: is "B"` + namely + "\n" + `spec.match.excludedNamespaces[0]: is "a*b"` + namely,
		},
		"no such operator": {
			plainKind, "{match: {labelSelector: {matchExpressions: [{key: a, operator: Is, values: [b]}]}}}",
			`spec.match.labelSelector.matchExpressions[0].operator: Invalid value: "Is": not a valid selector operator`,
		},
		"a match of a wrong type": {plainKind, "{match: {namespaces: a}}", "spec.match.namespaces: want a list, found a text"},
		"several": {
			wrapped, "{constraintType: K8sA, enforcementAction: block, match: {scope: all}}",
			`spec.enforcementAction: is "block", want one of deny, dryrun, warn or scoped: Gatekeeper would enforce nothing` + "\n" +
				`spec.match.scope: is "all", want one of *, Cluster, Namespaced: Gatekeeper would match everything`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			apiVersion, kind, _ := strings.Cut(tc.in, " ")
			_, _, err := policy.PlainConstraint(typed(t, apiVersion, kind, "{metadata: {name: c}, spec: "+tc.spec+"}"))
			if diff := cmp.Diff(tc.want, text(err)); diff != "" {
				t.Error(diff)
			}
			var field *policy.FieldError
			if !errors.As(err, &field) || len(field.Path) == 0 {
				t.Errorf("no field is to blame: %#v", err)
			}
		})
	}
	for metadata, want := range map[string]string{
		"{}":        "metadata.name: missing",
		"{name: A}": `metadata.name: is "A", want lower-case letters, digits, - and . only, a letter or digit at both ends, and at most 253 of them`,
		"{name: " + strings.Repeat("a", 64) + "}":              "metadata.name: has 64 letters: Gatekeeper takes at most 63",
		"{name: c, labels: {a: b c}}":                          "metadata.labels: Invalid value: \"b c\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
		"{name: c, annotations: {kubectl-opa/enforcement: x}}": "metadata.annotations.kubectl-opa/enforcement: does not hold what a violation does, as JSON: invalid character 'x' looking for beginning of value",
	} {
		_, _, err := policy.PlainConstraint(gatekeeperConstraint(t, "{metadata: "+metadata+"}"))
		if diff := cmp.Diff(want, text(err)); diff != "" {
			t.Errorf("%s: %s", metadata, diff)
		}
	}
}

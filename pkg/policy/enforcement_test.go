package policy_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// gatekeeperConstraint is a constraint of Gatekeeper with these fields.
func gatekeeperConstraint(t *testing.T, fields string) *unstructured.Unstructured {
	t.Helper()
	return typed(t, "constraints.gatekeeper.sh/v1beta1", "K8sA", fields)
}

const webhook, audit = "validation.gatekeeper.sh", "audit.gatekeeper.sh"

// scoped has an action for each pair of action and point.
func scoped(pairs ...[2]string) policy.Enforcement {
	e := policy.Enforcement{Action: policy.Scoped}
	for _, pair := range pairs {
		e.Add(pair[0], pair[1])
	}
	return e
}

func TestEnforcementIsRead(t *testing.T) {
	for name, tc := range map[string]struct {
		enforcement policy.Enforcement
		text        string
		// at is what is done at the webhook, for the audit and for gator.
		at []string
	}{
		"the default": {policy.Enforcement{}, "deny", []string{"deny", "deny", "deny"}},
		"one action":  {policy.Enforcement{Action: "warn"}, "warn", []string{"warn", "warn", "warn"}},
		"one does not count beside": {
			policy.Enforcement{Action: "dryrun", Scoped: scoped([2]string{"deny", webhook}).Scoped}, "dryrun", []string{"dryrun", "dryrun", "dryrun"},
		},
		"nowhere": {scoped(), "nowhere", []string{"", "", ""}},
		"two points": {
			scoped([2]string{"deny", webhook}, [2]string{"warn", audit}), "webhook=deny,audit=warn", []string{"deny", "warn", ""},
		},
		"the strictest of several": {
			scoped([2]string{"warn", "*"}, [2]string{"deny", webhook}, [2]string{"dryrun", audit}), "*=warn,webhook=deny,audit=dryrun",
			[]string{"deny", "warn", "warn"},
		},
		"the strictest first": {
			scoped([2]string{"deny", "*"}, [2]string{"warn", webhook}), "*=deny,webhook=warn", []string{"deny", "deny", "deny"},
		},
		"a point that nobody knows": {scoped([2]string{"deny", "x.example"}), "x.example=deny", []string{"", "", ""}},
	} {
		t.Run(name, func(t *testing.T) {
			e := tc.enforcement
			got := []string{e.String(), e.At(webhook), e.At(audit), e.At("gator.gatekeeper.sh")}
			if diff := cmp.Diff(append([]string{tc.text}, tc.at...), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEnforcementAdd(t *testing.T) {
	got := scoped([2]string{"deny", webhook}, [2]string{"warn", audit}, [2]string{"deny", "vap.k8s.io"})
	want := policy.Enforcement{Action: "scoped", Scoped: []policy.ScopedAction{
		{Action: "deny", Points: []policy.Point{{Name: webhook}, {Name: "vap.k8s.io"}}}, {Action: "warn", Points: []policy.Point{{Name: audit}}},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestEnforcementPoint(t *testing.T) {
	for name, want := range map[string]string{
		"webhook": webhook, webhook: webhook, "audit": audit, "gator": "gator.gatekeeper.sh", "vap": "vap.k8s.io", "vap.k8s.io": "vap.k8s.io",
		"*": "*", "": "", "Webhook": "",
	} {
		if got, known := policy.EnforcementPoint(name); got != want || known != (want != "") {
			t.Errorf("%s: found %q, %v", name, got, known)
		}
	}
}

func TestEnforcementOf(t *testing.T) {
	for name, tc := range map[string]struct {
		fields   string
		want     policy.Enforcement
		disabled bool
		err      string
		// word is what Action says.
		word string
	}{
		"nothing":    {"{metadata: {name: c}}", policy.Enforcement{}, false, "", "deny"},
		"one action": {"{spec: {enforcementAction: dryrun, match: {}}}", policy.Enforcement{Action: "dryrun"}, false, "", "dryrun"},
		"scoped": {
			"{spec: {enforcementAction: scoped, scopedEnforcementActions: [{action: warn, enforcementPoints: [{name: audit.gatekeeper.sh}]}]}}",
			scoped([2]string{"warn", audit}), false, "", "scoped",
		},
		"disabled": {
			`{metadata: {annotations: {kubectl-opa/enforcement: '{"enforcementAction":"warn"}'}}, spec: {enforcementAction: scoped, scopedEnforcementActions: []}}`,
			policy.Enforcement{Action: "warn"}, true, "", "disabled",
		},
		"a broken annotation": {
			`{metadata: {annotations: {kubectl-opa/enforcement: '{"action":"warn"}'}}}`, policy.Enforcement{}, true,
			`metadata.annotations.kubectl-opa/enforcement: does not hold what a violation does, as JSON: unknown field "action"`, "unreadable",
		},
		"a wrong type": {
			"{spec: {enforcementAction: [deny]}}", policy.Enforcement{}, false, "spec.enforcementAction: want a text, found a list", "unreadable",
		},
		"a field that nobody knows": {
			"{spec: {enforcementAction: scoped, scopedEnforcementActions: [{action: warn, points: [audit]}]}}",
			policy.Enforcement{Action: "scoped", Scoped: []policy.ScopedAction{{Action: "warn"}}}, false,
			"spec.scopedEnforcementActions[0].points: unknown field", "unreadable",
		},
	} {
		t.Run(name, func(t *testing.T) {
			constraint := gatekeeperConstraint(t, tc.fields)
			got, disabled, err := policy.EnforcementOf(constraint)
			if diff := cmp.Diff(tc.want, got); diff != "" || disabled != tc.disabled {
				t.Error(diff, disabled)
			}
			if diff := cmp.Diff(tc.err, text(err)); diff != "" {
				t.Error(diff)
			}
			if word := policy.Action(constraint); word != tc.word {
				t.Errorf("in a word: %s", word)
			}
		})
	}
}

// TestDisable disables a constraint, and wants it back as it was.
func TestDisable(t *testing.T) {
	const off = "enforcementAction: scoped, scopedEnforcementActions: []"
	for name, tc := range map[string]struct{ fields, disabled, enabled string }{
		"without an action": {
			`{metadata: {name: c}, spec: {match: {scope: Cluster}}}`,
			`{metadata: {name: c, annotations: {kubectl-opa/enforcement: '{}'}}, spec: {match: {scope: Cluster}, ` + off + `}}`, "",
		},
		"with an action": {
			`{metadata: {name: c, annotations: {a: b}}, spec: {enforcementAction: warn}}`,
			`{metadata: {name: c, annotations: {a: b, kubectl-opa/enforcement: '{"enforcementAction":"warn"}'}}, spec: {` + off + `}}`, "",
		},
		"scoped": {
			`{metadata: {name: c}, spec: {enforcementAction: scoped, scopedEnforcementActions: [{action: deny, enforcementPoints: [{name: "*"}]}]}}`,
			`{metadata: {name: c, annotations: {kubectl-opa/enforcement: '{"enforcementAction":"scoped",` +
				`"scopedEnforcementActions":[{"action":"deny","enforcementPoints":[{"name":"*"}]}]}'}}, spec: {` + off + `}}`, "",
		},
		"without a spec": {
			`{metadata: {name: c}}`, `{metadata: {name: c, annotations: {kubectl-opa/enforcement: '{}'}}, spec: {` + off + `}}`, `{metadata: {name: c}, spec: {}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			constraint, disabled, enabled := gatekeeperConstraint(t, tc.fields), gatekeeperConstraint(t, tc.disabled), gatekeeperConstraint(t, tc.fields)
			if tc.enabled != "" {
				enabled = gatekeeperConstraint(t, tc.enabled)
			}
			for _, step := range []struct {
				name string
				do   func(*unstructured.Unstructured) error
				want *unstructured.Unstructured
			}{
				{"disable", policy.DisableConstraint, disabled}, {"disable again", policy.DisableConstraint, disabled},
				{"enable", policy.EnableConstraint, enabled}, {"enable again", policy.EnableConstraint, enabled},
			} {
				if err := step.do(constraint); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(step.want.Object, constraint.Object); diff != "" {
					t.Errorf("%s: %s", step.name, diff)
				}
			}
		})
	}
}

// TestSetWhileDisabled wants a disabled constraint to stay so, and to do the
// other thing once it is enabled.
func TestSetWhileDisabled(t *testing.T) {
	constraint := gatekeeperConstraint(t, `{metadata: {name: c}, spec: {enforcementAction: warn}}`)
	before := gatekeeperConstraint(t, `{metadata: {name: c, annotations: {kubectl-opa/enforcement: '{"enforcementAction":"dryrun"}'}},
	  spec: {enforcementAction: scoped, scopedEnforcementActions: []}}`)
	for _, err := range []error{policy.DisableConstraint(constraint), policy.SetEnforcement(constraint, policy.Enforcement{Action: "dryrun"})} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(before.Object, constraint.Object); diff != "" {
		t.Error(diff)
	}
	if err := policy.EnableConstraint(constraint); err != nil {
		t.Fatal(err)
	}
	want := gatekeeperConstraint(t, `{metadata: {name: c}, spec: {enforcementAction: dryrun}}`)
	if diff := cmp.Diff(want.Object, constraint.Object); diff != "" {
		t.Error(diff)
	}
}

// TestSetEnforcement wants one way to say it to replace the other.
func TestSetEnforcement(t *testing.T) {
	constraint := gatekeeperConstraint(t, `{metadata: {name: c}}`)
	for _, step := range []struct {
		enforcement policy.Enforcement
		want        string
	}{
		{scoped([2]string{"warn", "*"}), `{enforcementAction: scoped, scopedEnforcementActions: [{action: warn, enforcementPoints: [{name: "*"}]}]}`},
		{policy.Enforcement{Action: "warn"}, `{enforcementAction: warn}`},
		{policy.Enforcement{}, `{}`},
	} {
		if err := policy.SetEnforcement(constraint, step.enforcement); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(gatekeeperConstraint(t, `{metadata: {name: c}, spec: `+step.want+`}`).Object, constraint.Object); diff != "" {
			t.Error(diff)
		}
	}
}

// TestBrokenAnnotation wants nothing to be changed where nobody knows what the
// constraint did.
func TestBrokenAnnotation(t *testing.T) {
	const fields = `{metadata: {name: c, annotations: {kubectl-opa/enforcement: "["}}, spec: {enforcementAction: scoped, scopedEnforcementActions: []}}`
	for name, do := range map[string]func(*unstructured.Unstructured) error{"disable": policy.DisableConstraint, "enable": policy.EnableConstraint} {
		constraint := gatekeeperConstraint(t, fields)
		const want = "metadata.annotations.kubectl-opa/enforcement: does not hold what a violation does, as JSON: unexpected end of JSON input"
		if err := do(constraint); text(err) != want {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(gatekeeperConstraint(t, fields).Object, constraint.Object); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

package engine

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

func TestParseVersion(t *testing.T) {
	for text, want := range map[string]string{
		"3.12": "3.12", "v3.12.0": "3.12", "3.17": "3.17", "3.23": "3.23", "v3.23.1": "3.23",
	} {
		version, err := ParseVersion(text)
		if err != nil || version.String() != want {
			t.Errorf("%s: want %s, found %s and %v", text, want, version, err)
		}
	}
	for _, text := range []string{"", "3", "3.11", "3.24", "2.12", "4.12", "latest", "3.12-rc1", "3.12.0.1", " 3.12", "v3.99999999999999999999"} {
		_, err := ParseVersion(text)
		if err == nil {
			t.Errorf("%q passes", text)
			continue
		}
		want := []string{"choose one of 3.12, 3.13, 3.14, 3.15, 3.16, 3.17, 3.18, 3.19, 3.20, 3.21, 3.22, 3.23; KKP brings 3.12"}
		if diff := cmp.Diff(want, advice.Next(err)); diff != "" {
			t.Error(diff)
		}
	}
	if got := (Version{}).String(); got != "3.23" {
		t.Errorf("found %s for no version", got)
	}
}

// TestCapabilities wants the language of each older version to be there.
func TestCapabilities(t *testing.T) {
	for _, version := range Versions() {
		if version == (Version{}) {
			continue
		}
		if _, err := ast.LoadCapabilitiesVersion(version.opa()); err != nil {
			t.Errorf("%s: %v", version, err)
		}
	}
}

// TestOutdated compiles templates for old versions.
func TestOutdated(t *testing.T) {
	const hit = `"msg": "hit"`
	v0 := "package a\nviolation[{" + hit + "}] { input.review }\n"
	v1 := "package a\nviolation contains {" + hit + "} if { input.review }\n"
	filled := "package a\nviolation contains {\"msg\": m} if { m := $\"hit {input.review.name}\" }\n"
	builtin := "package a\nviolation[{" + hit + "}] { strings.count(\"aa\", \"a\") == 2 }\n"
	for name, tc := range map[string]struct {
		version, rego, source, cel string
		want, next                 string
		message                    string
	}{
		"v0":                      {version: "3.12", rego: v0, message: "hit"},
		"v1 is taken for v0":      {version: "3.12", rego: v1, source: "v1", want: `adding ConstraintTemplate "a": Gatekeeper 3.12 has OPA v0.49.2, which refuses it: 1 error occurred: rego:2: rego_parse_error: unexpected : token`, next: "write the policy in Rego v0: source.version is known from Gatekeeper 3.19 on"},
		"v1 that is v0, too":      {version: "3.12", rego: v0, source: "v1", message: "hit"},
		"v1":                      {version: "3.19", rego: v1, source: "v1", message: "hit"},
		"a builtin that is newer": {version: "3.12", rego: builtin, want: "rego_type_error: undefined function strings.count", next: "write it for OPA v0.49.2"},
		"syntax that is newer":    {version: "3.21", rego: filled, source: "v1", want: "rego_parse_error", next: "write it for OPA v1.10.0"},
		"syntax":                  {version: "3.22", rego: filled, source: "v1", message: "hit one"},
		"a builtin":               {version: "3.17", rego: builtin, message: "hit"},
		"both engines, no CEL":    {version: "3.16", rego: v0, cel: "false", message: "hit"},
		"both engines":            {version: "3.17", rego: v0, cel: "false", message: "said by CEL"},
	} {
		t.Run(name, func(t *testing.T) {
			version, err := ParseVersion(tc.version)
			if err != nil {
				t.Fatal(err)
			}
			enforcer := newEnforcer(t, Options{Point: Webhook, Target: version})
			object := template("A", tc.rego, tc.cel)
			if tc.source != "" {
				sourceOf(object)["version"] = tc.source
			}
			before := object.DeepCopy()
			err = enforcer.Add(t.Context(), object)
			if diff := cmp.Diff(before, object); diff != "" {
				t.Errorf("the object was changed:\n%s", diff)
			}
			if tc.want != "" {
				wantError(t, err, tc.want, tc.next)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			add(t, enforcer, constraint("A", "a", map[string]any{}))
			verdict, err := enforcer.Review(t.Context(), Object{Manifest: configMap("shop", "one", nil)})
			if err != nil || len(verdict.Violations) != 1 || verdict.Violations[0].Message != tc.message {
				t.Errorf("want %s, found %+v and %v", tc.message, verdict, err)
			}
		})
	}
}

// TestLacking shows what else older versions do not have.
func TestLacking(t *testing.T) {
	old, err := ParseVersion("3.12")
	if err != nil {
		t.Fatal(err)
	}
	enforcer := newEnforcer(t, Options{Point: Webhook, Target: old})
	scoped := constraint("A", "a", map[string]any{
		"enforcementAction": "scoped", "scopedEnforcementActions": []any{map[string]any{"action": "deny", "enforcementPoints": []any{map[string]any{"name": "*"}}}},
	})
	celAlone := template("B", "", "false")
	celAlone.Object["spec"].(map[string]any)["targets"].([]any)[0].(map[string]any)["code"] =
		celAlone.Object["spec"].(map[string]any)["targets"].([]any)[0].(map[string]any)["code"].([]any)[1:]
	limited := template("A", "package a\nviolation[{\"msg\": m}] { m := json.marshal(input.review.namespaceObject) }\n", "")
	limited.Object["spec"].(map[string]any)["targets"].([]any)[0].(map[string]any)["operations"] = []any{"DELETE"}
	expand := podsOfDeployments()

	wantError(t, enforcer.Add(t.Context(), celAlone), `adding ConstraintTemplate "b": Gatekeeper 3.12 has no engine for it: it has no code but for K8sNativeValidation`,
		"add the policy in Rego, or use Gatekeeper 3.17 or newer (3.13 and newer have it behind a flag)")
	add(t, enforcer, limited)
	wantError(t, enforcer.Add(t.Context(), scoped), `adding A "a": unrecognized enforcementAction: "scoped" is not within the supported list [deny dryrun warn]`,
		"give it one action: scoped ones are known from Gatekeeper 3.17 on")
	wantError(t, enforcer.Add(t.Context(), syncSet()), `adding SyncSet "set": Gatekeeper 3.12 does not know the kind, 3.15 and newer do`, "have the Config sync what it names")
	add(t, enforcer, constraint("A", "a", map[string]any{}), expand, namespace("shop", nil))

	verdict, err := enforcer.Review(t.Context(), Object{Manifest: deployment()})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"{}"}, messages(verdict)); diff != "" {
		t.Error(diff)
	}
	want := []Difference{
		{Why: "Gatekeeper 3.12 does not know its operations [DELETE]: it is asked for all of them", Object: limited},
		{Why: "Gatekeeper 3.12 does not give it input.review.namespaceObject, which it reads", Object: limited},
		{Points: []Point{Gator}, Why: "Gatekeeper 3.12 expands nothing unless --enable-generator-resource-expansion is set, 3.13 and newer do", Object: expand},
	}
	if diff := cmp.Diff(want, enforcer.Differences()); diff != "" {
		t.Error(diff)
	}
}

// TestOldGator tells what cannot be had of an old gator.
func TestOldGator(t *testing.T) {
	old, err := ParseVersion("3.16")
	if err != nil {
		t.Fatal(err)
	}
	enforcer := newEnforcer(t, Options{Point: Gator, Target: old})
	object := scoped(map[string][]any{"deny": {"*"}})
	both := template("A", named, "false")
	add(t, enforcer, both, object, syncSet(), podsOfDeployments())
	want := []Difference{
		{Why: "Gatekeeper 3.16 evaluates its Rego, Gatekeeper 3.17 and newer its CEL", Object: both},
		{Why: "gator 3.16 knows no scoped actions: it shows violations and lets them pass, whatever is shown here", Object: object},
	}
	if diff := cmp.Diff(want, enforcer.Differences()); diff != "" {
		t.Error(diff)
	}
}

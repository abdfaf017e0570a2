package engine

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

func newEnforcer(t *testing.T, options Options) *Enforcer {
	t.Helper()
	enforcer, err := NewEnforcer(options)
	if err != nil {
		t.Fatal(err)
	}
	return enforcer
}

func add(t *testing.T, enforcer *Enforcer, objects ...*unstructured.Unstructured) {
	t.Helper()
	for _, object := range objects {
		if err := enforcer.Add(t.Context(), object); err != nil {
			t.Fatal(err)
		}
	}
}

// wantError wants an error that has a text, and a next step.
func wantError(t *testing.T, err error, text, next string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("want an error with %s, found %v", text, err)
		return
	}
	want := []string{next}
	if next == "" {
		want = []string{}
	}
	if diff := cmp.Diff(want, advice.Next(err)); diff != "" {
		t.Error(diff)
	}
}

// messages are those of violations, then those of autorejects.
func messages(verdict Verdict) []string {
	texts := []string{}
	for _, results := range [][]Result{verdict.Violations, verdict.Autorejects} {
		for _, result := range results {
			texts = append(texts, result.Message)
		}
	}
	return texts
}

func sourceOf(template *unstructured.Unstructured) map[string]any {
	target := template.Object["spec"].(map[string]any)["targets"].([]any)[0].(map[string]any)
	return target["code"].([]any)[0].(map[string]any)["source"].(map[string]any)
}

func object(version, kind, name string, spec map[string]any) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": version, "kind": kind, "metadata": map[string]any{"name": name}, "spec": spec,
	}}
}

func namespace(name string, labels map[string]any) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": name, "labels": labels},
	}}
}

func syncSet() *unstructured.Unstructured {
	return object("syncset.gatekeeper.sh/v1alpha1", "SyncSet", "set", map[string]any{
		"gvks": []any{map[string]any{"group": "", "version": "v1", "kind": "Service"}},
	})
}

func config(fields map[string]any) *unstructured.Unstructured {
	return object("config.gatekeeper.sh/v1alpha1", "Config", "config", fields)
}

// excluding is a Config that excludes a namespace from processes.
func excluding(namespace string, processes ...any) *unstructured.Unstructured {
	return config(map[string]any{"match": []any{map[string]any{"excludedNamespaces": []any{namespace}, "processes": processes}}})
}

// podsOfDeployments makes Pods of Deployments.
func podsOfDeployments() *unstructured.Unstructured {
	return object("expansion.gatekeeper.sh/v1beta1", "ExpansionTemplate", "pods", map[string]any{
		"applyTo":        []any{map[string]any{"groups": []any{"apps"}, "kinds": []any{"Deployment"}, "versions": []any{"v1"}}},
		"templateSource": "spec.template", "generatedGVK": map[string]any{"group": "", "version": "v1", "kind": "Pod"},
	})
}

func deployment() *unstructured.Unstructured {
	deployment := object("apps/v1", "Deployment", "web", map[string]any{
		"template": map[string]any{"metadata": map[string]any{"labels": map[string]any{"app": "web"}}, "spec": map[string]any{}},
	})
	deployment.SetNamespace("shop")
	return deployment
}

// TestAddRefuses wants errors that name the object and say what to do.
func TestAddRefuses(t *testing.T) {
	long := strings.Repeat("a", 64)
	for name, tc := range map[string]struct {
		points     []Point
		object     *unstructured.Unstructured
		want, next string
	}{
		"a plain object": {reviewing, configMap("a", "b", nil), `adding ConfigMap "b": it is no policy`, "review it instead"},
		"no template":    {reviewing, constraint("B", "b", nil), `adding B "b": missing ConstraintTemplate: template "b" not found`, "give its template, too: a ConstraintTemplate with the name b"},
		"a version that is none": {
			reviewing, object("templates.gatekeeper.sh/v2", "ConstraintTemplate", "a", nil),
			`adding ConstraintTemplate "a": reading the template: Gatekeeper has v1, v1beta1 and v1alpha1 of templates.gatekeeper.sh, and this is "templates.gatekeeper.sh/v2"`, "",
		},
		"a long name": {
			[]Point{Webhook, Audit}, constraint("A", long, map[string]any{}),
			`adding A "` + long + `": resource cannot have metadata.name larger than 63 char; length: 64`, "give it a name of 63 characters at most",
		},
		"an unknown action": {
			[]Point{Webhook, Audit}, constraint("A", "a", map[string]any{"enforcementAction": "denny"}),
			`adding A "a": unrecognized enforcementAction: "denny" is not within the supported list [deny dryrun warn scoped]`, "",
		},
		"external data": {
			reviewing, template("C", "package c\nviolation[{\"msg\": \"m\"}] { external_data({\"provider\": \"p\", \"keys\": []}) }\n", ""),
			`undefined function external_data`, "leave the template out: external data cannot be asked for here",
		},
		"a Config that is none": {reviewing, config(map[string]any{"match": "a"}), `adding Config "config": reading it: `, ""},
		"a SyncSet that is none": {
			reviewing, object("syncset.gatekeeper.sh/v1alpha1", "SyncSet", "set", map[string]any{"gvks": "a"}), `adding SyncSet "set": reading it: `, "",
		},
		"a Namespace that is none": {
			reviewing, object("v1", "Namespace", "ns", map[string]any{"finalizers": "a"}), `adding Namespace "ns": reading it: `, "",
		},
		"an expansion without a source": {
			reviewing, object("expansion.gatekeeper.sh/v1beta1", "ExpansionTemplate", "pods", nil), `adding ExpansionTemplate "pods": ExpansionTemplate pods has empty source field`, "",
		},
		"a mutator without a place": {
			reviewing, object("mutations.gatekeeper.sh/v1", "Assign", "assign", nil), `adding Assign "assign": `, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, point := range tc.points {
				enforcer := newEnforcer(t, Options{Point: point})
				add(t, enforcer, template("A", named, ""))
				wantError(t, enforcer.Add(t.Context(), tc.object), tc.want, tc.next)
				if differences := enforcer.Differences(); len(differences) > 0 {
					t.Errorf("found %v of what was refused", differences)
				}
			}
		})
	}
}

// TestReplace adds objects twice: the second ones count.
func TestReplace(t *testing.T) {
	enforcer := newEnforcer(t, Options{Point: Audit})
	scoped := map[string]any{"enforcementAction": "scoped", "match": map[string]any{"scope": "Cluster"}, "scopedEnforcementActions": []any{
		map[string]any{"action": "deny", "enforcementPoints": []any{map[string]any{"name": "audit.gatekeeper.sh"}}},
	}}
	inventory := "package a\nviolation[{\"msg\": m}] { m := data.inventory.cluster }\n"
	add(t, enforcer, template("A", inventory, ""), constraint("A", "a", scoped), excluding("shop", "audit"), syncSet(), namespace("shop", map[string]any{"team": "a"}))
	if found := len(enforcer.Differences()); found != 3 || !enforcer.ReadsInventory() || !enforcer.Synced() {
		t.Fatalf("found %d differences", found)
	}
	selecting := map[string]any{"match": map[string]any{"namespaceSelector": map[string]any{"matchLabels": map[string]any{"team": "b"}}}}
	add(t, enforcer, template("A", named, ""), constraint("A", "a", selecting), config(nil), namespace("shop", map[string]any{"team": "b"}))
	if diff := cmp.Diff([]Difference(nil), enforcer.Differences()); diff != "" || enforcer.ReadsInventory() {
		t.Errorf("the former ones are still there: %s", diff)
	}
	verdict, err := enforcer.Review(t.Context(), Object{Manifest: configMap("shop", "one", nil)})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"one"}, messages(verdict)); diff != "" || verdict.Matched != 1 || verdict.Excluded != "" {
		t.Errorf("found %+v", verdict)
	}
	verdict, err = enforcer.Review(t.Context(), Object{Manifest: object("v1", "Node", "node", nil)})
	if err != nil || len(verdict.Differences) != 1 {
		t.Errorf("found %+v and %v of what gator gives an empty Namespace", verdict, err)
	}
}

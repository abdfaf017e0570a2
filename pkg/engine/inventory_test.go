package engine

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func TestReadsInventory(t *testing.T) {
	const head = "package a\nviolation[{\"msg\": \"m\"}] { "
	withLib := func(lib string) *unstructured.Unstructured {
		object := template("A", "package a\nimport data.lib.b\nviolation[{\"msg\": \"m\"}] { b.f(input.review) }\n", "")
		sourceOf(object)["libs"] = []any{lib}
		return object
	}
	v1 := template("A", "package a\nviolation contains {\"msg\": \"m\"} if { data.inventory.cluster.v1 }\n", "")
	sourceOf(v1)["version"] = "v1"
	for name, tc := range map[string]struct {
		template *unstructured.Unstructured
		want     bool
	}{
		"no":                  {template("A", head+"input.review }\n", ""), false},
		"a text and a name":   {template("A", head+"inventory := \"data.inventory\"; input.data.inventory == inventory } # data.inventory\n", ""), false},
		"an object":           {template("A", head+"data.inventory.cluster.v1.Namespace.a }\n", ""), true},
		"in brackets":         {template("A", head+"data[\"inventory\"].cluster }\n", ""), true},
		"all of it":           {template("A", head+"x := data.inventory; x }\n", ""), true},
		"in a comprehension":  {template("A", head+"count([1 | data.inventory.namespace[_]]) > 0 }\n", ""), true},
		"a library":           {withLib("package lib.b\nf(x) { data.inventory.cluster.v1; x }\n"), true},
		"a library without":   {withLib("package lib.b\nf(x) { x }\n"), false},
		"Rego v1":             {v1, true},
		"Rego that CEL hides": {template("A", head+"data.inventory.cluster }\n", "false"), false},
	} {
		t.Run(name, func(t *testing.T) {
			enforcer := newEnforcer(t, Options{Point: Audit})
			add(t, enforcer, tc.template)
			if got := enforcer.ReadsInventory(); got != tc.want {
				t.Errorf("want %v, found %v", tc.want, got)
			}
		})
	}
}

const stock = `package a
violation[{"msg": msg}] { data.inventory.cluster[version][kind][name]; msg := sprintf("%s %s %s", [version, kind, name]) }
violation[{"msg": msg}] { data.inventory.namespace[ns][version][kind][name]; msg := sprintf("%s %s %s in %s", [version, kind, name, ns]) }
`

// TestAddData looks at what is in the inventory.
func TestAddData(t *testing.T) {
	service := func(namespace string) *unstructured.Unstructured {
		service := object("v1", "Service", "web", nil)
		service.SetNamespace(namespace)
		return service
	}
	data := []*unstructured.Unstructured{
		service("shop"), service("hidden"), configMap("shop", "one", nil), namespace("shop", nil), object("v1", "Node", "node", nil),
	}
	everything := []string{"v1 ConfigMap one in shop", "v1 Namespace shop", "v1 Node node", "v1 Service web in hidden", "v1 Service web in shop"}
	syncing := config(map[string]any{
		"sync":  map[string]any{"syncOnly": []any{map[string]any{"group": "", "version": "v1", "kind": "Node"}, map[string]any{"version": "v2", "kind": "ConfigMap"}}},
		"match": []any{map[string]any{"excludedNamespaces": []any{"hid*"}, "processes": []any{"sync"}}},
	})
	for name, tc := range map[string]struct {
		point  Point
		given  []*unstructured.Unstructured
		want   []string
		synced bool
		why    []Difference
	}{
		"nothing says what is synced": {Webhook, nil, everything, false, nil},
		"a Config that has nothing synced": {
			Audit, []*unstructured.Unstructured{config(nil)}, []string{}, true,
			[]Difference{{Points: []Point{Gator}, Why: "the inventory, which is read by a, has only what the Config or a SyncSet names; in gator it has all that is given"}},
		},
		"a Config that only excludes": {Audit, []*unstructured.Unstructured{excluding("hidden", "sync")}, []string{}, true, nil},
		"a SyncSet":                   {Audit, []*unstructured.Unstructured{syncSet()}, []string{"v1 Service web in hidden", "v1 Service web in shop"}, true, nil},
		"both, and an exclusion":      {Webhook, []*unstructured.Unstructured{syncing, syncSet()}, []string{"v1 Node node", "v1 Service web in shop"}, true, nil},
		"gator": {
			Gator, []*unstructured.Unstructured{syncing, syncSet()}, everything, false,
			[]Difference{{Points: []Point{Webhook, Audit}, Why: "in gator the inventory, which is read by a, has all that is given; in a cluster only what the Config or a SyncSet names"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			enforcer := newEnforcer(t, Options{Point: tc.point})
			add(t, enforcer, template("A", stock, ""), constraint("A", "a", map[string]any{}))
			add(t, enforcer, tc.given...)
			if got := enforcer.Synced(); got != tc.synced {
				t.Errorf("want %v, found %v", tc.synced, got)
			}
			for _, each := range data {
				if err := enforcer.AddData(t.Context(), each); err != nil {
					t.Fatal(err)
				}
			}
			verdict, err := enforcer.Review(t.Context(), Object{Manifest: configMap("shop", "two", nil)})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, messages(verdict)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tc.why, enforcer.Differences()); tc.why != nil && diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAddDataRefuses(t *testing.T) {
	enforcer := newEnforcer(t, Options{Point: Gator})
	err := enforcer.AddData(t.Context(), object("", "ConfigMap", "a", nil))
	wantError(t, err, `adding ConfigMap /a to the inventory: `, "")
}

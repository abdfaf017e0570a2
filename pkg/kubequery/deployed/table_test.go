package deployed

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-opa/kubectl-opa/pkg/resources"
)

// contested are resources whose names clash in every way.
var contested = []*metav1.APIResourceList{
	{GroupVersion: "left.example.com/v1", APIResources: []metav1.APIResource{
		{Name: "gizmos", SingularName: "gizmo", Kind: "Gizmo", ShortNames: []string{"gz", "deploy"}, Namespaced: true},
		{Name: "pods", SingularName: "pod", Kind: "Pod", Namespaced: true},
		{Name: "gadgets", Kind: "Apparatus"},
		{Name: "gadgets/status", Kind: "Apparatus"},
	}},
	{GroupVersion: "left.example.com/v1beta1", APIResources: []metav1.APIResource{
		{Name: "gizmos", SingularName: "gizmo", Kind: "Gizmo", ShortNames: []string{"gz"}, Namespaced: true},
		{Name: "relics", SingularName: "relic", Kind: "Relic"},
	}},
	{GroupVersion: "left.example/v1", APIResources: []metav1.APIResource{
		{Name: "gizmos", SingularName: "gizmo", Kind: "Gizmo"},
	}},
	{GroupVersion: "right.example.com/v2", APIResources: []metav1.APIResource{
		{Name: "gizmos", SingularName: "gizmo", Kind: "Gizmo", Namespaced: true},
		{Name: "networkpolicies", SingularName: "networkpolicy", Kind: "NetworkPolicy", ShortNames: []string{"netpol"}, Namespaced: true},
		{Name: "apparatus", SingularName: "relic", Kind: "gz"},
		{Name: "trinkets", SingularName: "trinket", Kind: "Trinket", ShortNames: []string{"gizmo", "gizmos"}},
		{Name: "twins", Kind: "Twin", ShortNames: []string{"tw"}},
		{Name: "doubles", Kind: "Twin", ShortNames: []string{"tw"}},
	}},
	// Groups of Kubernetes itself, none of them the core group.
	{GroupVersion: "batch/v9", APIResources: []metav1.APIResource{{Name: "chores", SingularName: "chore", Kind: "Chore"}}},
	{GroupVersion: "apps/v9", APIResources: []metav1.APIResource{{Name: "chores", SingularName: "chore", Kind: "Chore"}}},
	// A group that could be a version and a group, and one that is no name.
	{GroupVersion: "v1.apps/v1", APIResources: []metav1.APIResource{{Name: "deployments", SingularName: "deployment", Kind: "Deployment"}}},
	{GroupVersion: "odd.example.com/v1", APIResources: []metav1.APIResource{{Name: "..", Kind: "Parent"}, {Name: "a%2fb", Kind: "Escaped"}}},
}

// TestTable shows that Rego finds with the table what the index finds, for each
// name with each beginning and each version of each group, and for what is none.
func TestTable(t *testing.T) {
	x := stock(t, contested...)
	x.Unasked = []string{"silent.example.com/v1"}
	words := spellings(x)
	found, err := json.Marshal(newLibrary(t, x, nil).eval(t, "{word: data.kubernetes.api.client._find(word) | some word in input}", words))
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]struct {
		Served
		Error string `json:"error"`
	}
	if err := json.Unmarshal(found, &got); err != nil {
		t.Fatal(err)
	}
	if len(words) < 5000 || len(got) != len(words) {
		t.Errorf("%d words were given, and %d found", len(words), len(got))
	}
	kinds := map[string]int{}
	for word, result := range got {
		want, wantError := wanted(x, word)
		kinds[wantError[:min(len(wantError), 12)]]++
		if result.Served != want || result.Error != wantError {
			t.Errorf("%q is %+v, want %+v, %s", word, result, want, wantError)
		}
	}
	if len(kinds) < 3 {
		t.Errorf("only such results are there: %v", kinds)
	}
}

// wanted is what the index says of a word, but for the nearest names and for
// what cannot be asked for.
func wanted(x *resources.Index, word string) (Served, string) {
	r, err := x.Resolve(word)
	var unknown *resources.UnknownError
	switch {
	case errors.As(err, &unknown):
		unknown.Nearest = nil
		return Served{}, unknown.Error()
	case err != nil:
		return Served{}, err.Error()
	case r.Group == "odd.example.com":
		return Served{}, (&resources.UnknownError{Word: word, Unasked: x.Unasked}).Error()
	}
	return Served{Group: r.Group, Version: r.Version, Name: r.Name, Namespaced: r.Namespaced}, ""
}

// spellings are all names, alone and with their groups and versions, and those
// that several groups have with all that may stand behind them.
func spellings(x *resources.Index) []string {
	words := map[string]bool{}
	add := func(names, behind []string) {
		for _, name := range names {
			for _, rest := range behind {
				words[name+rest] = true
			}
		}
	}
	nothing := []string{"", ".", "..", ".v1.", ".nothing", ".v1.nothing", ".nothing.apps", ".a", ".v1.apps", ".left"}
	add([]string{"", "nothing", "pods/log", "../../secrets", "pods?watch=true", "pods\n", "é"}, nothing)
	clashing := []string{"", "nothing", "pods", "Pod", "deploy", "deployments", "netpol", "event", "gizmos", "gz", "relic", "apparatus", "tw"}
	for _, each := range x.Names() {
		r := each.Resource
		names := append([]string{r.Name, each.Singular, r.Kind, strings.ToUpper(r.Name)}, each.Short...)
		add(names, append(nothing, "."+r.Group, "."+r.Version+"."+r.Group))
		add(clashing, []string{"." + r.Group, "." + r.Version + "." + r.Group})
		for i := range r.Group {
			add(clashing, []string{"." + r.Group[:i]})
		}
	}
	return slices.Sorted(maps.Keys(words))
}

// TestTableOfManyCRDs shows that a table has room in a ConfigMap, which ends at
// 1 MiB, with far more resources than a cluster has.
func TestTableOfManyCRDs(t *testing.T) {
	list := &metav1.APIResourceList{GroupVersion: "a.rather.long.group.of.a.provider.example.com/v1alpha1"}
	for i := range 1000 {
		name := fmt.Sprintf("resource%024d", i)
		list.APIResources = append(list.APIResources, metav1.APIResource{Name: name + "s", SingularName: name, Kind: name, ShortNames: []string{"x" + name}})
	}
	text, err := json.Marshal(NewTable(stock(t, list)))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes", len(text))
	if len(text) > 512<<10 {
		t.Errorf("a table of 1000 more resources has %d bytes", len(text))
	}
}

// TestNoTable shows that a client without its table does not say that there are
// no resources.
func TestNoTable(t *testing.T) {
	l := newLibrary(t, few(), nil)
	l.data = map[string]any{}
	want := map[string]any{"status_code": json.Number("0"), "error": "there is no table of resources, data.kubernetes.api.resources"}
	if diff := cmp.Diff(want, l.eval(t, `data.kubernetes.api.client.query_all("pods")`, nil)); diff != "" {
		t.Error(diff)
	}
}

// TestTableOfNothing shows that a table without anything is sound.
func TestTableOfNothing(t *testing.T) {
	text, err := json.Marshal(NewTable(index(func(string) bool { return true }, nil)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(`{"served":[],"words":{},"own":[],"unasked":[]}`, string(text)); diff != "" {
		t.Error(diff)
	}
}

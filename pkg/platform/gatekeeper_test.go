package platform

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// kind is a resource of a group, called like its kind.
func (c *cluster) kind(group, version, kind, resource string) *cluster {
	if c.served == nil {
		c.served = map[string][]Served{}
	}
	c.served[group] = append(c.served[group], Served{Kind: kind, Resource: schema.GroupVersionResource{Group: group, Version: version, Resource: resource}})
	return c
}

// of adds objects of a kind.
func (c *cluster) of(kind, resource string, names ...string) *cluster {
	for _, name := range names {
		c.add(resource, name, map[string]any{"kind": kind, "metadata": map[string]any{"labels": map[string]any{"called": name}}})
	}
	return c
}

const constraints = "constraints.gatekeeper.sh"

// policies is a cluster with two kinds of constraints, served in no order.
func policies() *cluster {
	return new(cluster).
		kind(constraints, "v1beta1", "K8sLabels", "k8slabels").
		kind(constraints, "v1beta1", "K8sImages", "k8simages").
		of("K8sLabels", "k8slabels", "team", "both").
		of("K8sImages", "k8simages", "registries", "both")
}

func constraintPlace(resource string) Place {
	return Place{GroupVersionResource: schema.GroupVersionResource{Group: constraints, Version: "v1beta1", Resource: resource}}
}

// named are objects as KIND/NAME.
func named(objects []*unstructured.Unstructured) []string {
	names := []string{}
	for _, object := range objects {
		names = append(names, object.GetKind()+"/"+object.GetName())
	}
	return names
}

func words(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestConstraints(t *testing.T) {
	broken := policies()
	broken.failing = map[string]error{"k8slabels": errors.New("broken")}
	unserved := policies()
	unserved.failing = map[string]error{constraints: errors.New("no discovery")}
	for name, tc := range map[string]struct {
		cluster  *cluster
		selector string
		want     []string
		err      string
	}{
		"all, by kind":             {policies(), "", []string{"K8sImages/registries", "K8sImages/both", "K8sLabels/team", "K8sLabels/both"}, ""},
		"some":                     {policies(), "called=both", []string{"K8sImages/both", "K8sLabels/both"}, ""},
		"none":                     {&cluster{}, "", []string{}, ""},
		"one kind cannot be read":  {broken, "", []string{}, "broken"},
		"the kinds cannot be read": {unserved, "", []string{}, "no discovery"},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := Gatekeeper{tc.cluster}.Constraints(t.Context(), tc.selector)
			if diff := cmp.Diff(tc.err, words(err)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tc.want, named(found)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestKinds(t *testing.T) {
	found, err := Gatekeeper{policies()}.Kinds(t.Context())
	want := []Served{
		{Kind: "K8sImages", Resource: constraintPlace("k8simages").GroupVersionResource},
		{Kind: "K8sLabels", Resource: constraintPlace("k8slabels").GroupVersionResource},
	}
	if diff := cmp.Diff(want, found); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestFindConstraint(t *testing.T) {
	for name, tc := range map[string]struct {
		cluster *cluster
		place   Place
		want    string
		err     string
		next    []string
	}{
		"team":              {policies(), constraintPlace("k8slabels"), "K8sLabels/team", "", nil},
		"K8sLabels/both":    {policies(), constraintPlace("k8slabels"), "K8sLabels/both", "", nil},
		"k8simages/both":    {policies(), constraintPlace("k8simages"), "K8sImages/both", "", nil},
		"both":              {policies(), Place{}, "", `several constraints have the name "both"`, []string{"give one of K8sImages/both, K8sLabels/both"}},
		"other":             {policies(), Place{}, "", `constraint "other": no kind of constraint has this name`, []string{"see what is there: kubectl opa constraint list"}},
		"K8sImages/team":    {policies(), constraintPlace("k8simages"), "", `k8simages.constraints.gatekeeper.sh "team": not found`, nil},
		"K8sOther/team":     {policies(), Place{}, "", `no template makes the kind "K8sOther"`, []string{"there are: K8sImages, K8sLabels"}},
		"K8sLabels/no/kind": {&cluster{}, Place{}, "", `no template makes the kind "K8sLabels"`, []string{"there is none yet: create a template first"}},
		"nothing at all":    {&cluster{}, Place{}, "", `constraint "nothing at all": no kind of constraint has this name`, []string{"see what is there: kubectl opa constraint list"}},
	} {
		t.Run(name, func(t *testing.T) {
			place, found, err := Gatekeeper{tc.cluster}.FindConstraint(t.Context(), name)
			got := ""
			if found != nil {
				got = found.GetKind() + "/" + found.GetName()
			}
			if diff := cmp.Diff(tc.want+"|"+tc.err, got+"|"+words(err)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tc.place, place); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(append([]string{}, tc.next...), advice.Next(err)); diff != "" {
				t.Error(diff)
			}
			if errors.Is(err, ErrNoConstraint) != strings.Contains(tc.err, "no kind of constraint") {
				t.Errorf("found %#v", err)
			}
		})
	}
}

func TestConstraintPlace(t *testing.T) {
	newer := new(cluster).kind(constraints, "v1", "K8sNew", "k8snews")
	for name, tc := range map[string]struct {
		cluster *cluster
		kind    string
		want    Place
		served  bool
	}{
		"as it is served":  {newer, "K8sNew", Place{GroupVersionResource: schema.GroupVersionResource{Group: constraints, Version: "v1", Resource: "k8snews"}}, true},
		"not served yet":   {policies(), "K8sOther", constraintPlace("k8sother"), false},
		"in another case":  {policies(), "k8slabels", constraintPlace("k8slabels"), false},
		"without any kind": {&cluster{}, "K8sLabels", constraintPlace("k8slabels"), false},
	} {
		t.Run(name, func(t *testing.T) {
			place, served, err := Gatekeeper{tc.cluster}.ConstraintPlace(t.Context(), tc.kind)
			if diff := cmp.Diff(tc.want, place); diff != "" || served != tc.served || err != nil {
				t.Error(diff, served, err)
			}
		})
	}
}

func TestKnowsScopes(t *testing.T) {
	schemaOf := func(fields ...string) any {
		properties := map[string]any{}
		for _, field := range fields {
			properties[field] = map[string]any{}
		}
		return map[string]any{"schema": map[string]any{"openAPIV3Schema": map[string]any{
			"properties": map[string]any{"spec": map[string]any{"properties": properties}},
		}}}
	}
	c := &cluster{}
	for kind, versions := range map[string][]any{
		"old": {schemaOf("enforcementAction")}, "new": {schemaOf("enforcementAction"), schemaOf("scopedEnforcementActions")}, "bare": nil,
	} {
		c.add("customresourcedefinitions", kind+"."+constraints, map[string]any{"spec": map[string]any{"versions": versions}})
	}
	for kind, want := range map[string]string{
		"Old": "false ", "New": "true ", "Bare": "false ",
		"Gone": `false customresourcedefinitions.apiextensions.k8s.io "gone.constraints.gatekeeper.sh": not found`,
	} {
		knows, err := Gatekeeper{c}.KnowsScopes(t.Context(), kind)
		if got := map[bool]string{true: "true ", false: "false "}[knows] + words(err); got != want {
			t.Errorf("%s: want %q, found %q", kind, want, got)
		}
	}
}

// TestObjects wants what others depend on first, and what Gatekeeper writes for
// itself not at all.
func TestObjects(t *testing.T) {
	const config, notes, templates = "config.gatekeeper.sh", "status.gatekeeper.sh", "templates.gatekeeper.sh"
	c := policies().
		kind(templates, "v1", "ConstraintTemplate", "constrainttemplates").of("ConstraintTemplate", "constrainttemplates", "k8slabels").
		kind(config, "v1alpha1", "Config", "configs").of("Config", "configs", "config").
		kind(notes, "v1beta1", "ConstraintPodStatus", "constraintpodstatuses").of("ConstraintPodStatus", "constraintpodstatuses", "pod").
		kind("gatekeeper.example", "v1", "Other", "others").of("Other", "others", "other").
		kind("assign.gatekeeper.sh", "v1", "Second", "seconds").kind("assign.gatekeeper.sh", "v1", "First", "firsts").
		of("Second", "seconds", "x").of("First", "firsts", "x")
	found, err := Gatekeeper{c}.Objects(t.Context())
	want := []string{
		"ConstraintTemplate/k8slabels", "K8sImages/registries", "K8sImages/both", "K8sLabels/team", "K8sLabels/both",
		"First/x", "Second/x", "Config/config",
	}
	if diff := cmp.Diff(want, named(found)); diff != "" || err != nil {
		t.Error(diff, err)
	}
	c.failing = map[string]error{"configs": errors.New("broken")}
	if found, err := (Gatekeeper{c}).Objects(t.Context()); found != nil || words(err) != "broken" {
		t.Errorf("half of it: %v, %v", named(found), err)
	}
}

func TestTemplates(t *testing.T) {
	c := new(cluster).kind("templates.gatekeeper.sh", "v1beta1", "ConstraintTemplate", "constrainttemplates").
		of("ConstraintTemplate", "constrainttemplates", "k8slabels")
	found, err := Gatekeeper{c}.Templates(t.Context())
	if diff := cmp.Diff([]string{"ConstraintTemplate/k8slabels"}, named(found)); diff != "" || err != nil {
		t.Error(diff, err)
	}
	_, err = Gatekeeper{policies()}.Templates(t.Context())
	if words(err) != "the cluster has no ConstraintTemplates: it does not serve templates.gatekeeper.sh" ||
		!cmp.Equal(advice.Next(err), []string{"install Gatekeeper first: https://open-policy-agent.github.io/gatekeeper/website/docs/install"}) {
		t.Errorf("found %v, next %q", err, advice.Next(err))
	}
}

package platform

import (
	"context"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/version"
	"sigs.k8s.io/yaml"
)

// release is what a release of Gatekeeper defines.
type release struct {
	Version                  string                       `json:"version"`
	Source                   string                       `json:"source"`
	ScopedEnforcementActions bool                         `json:"scopedEnforcementActions"`
	Kinds                    map[string]map[string]string `json:"kinds"`
}

func releases(t *testing.T) []release {
	t.Helper()
	data, err := os.ReadFile("testdata/gatekeeper.yaml")
	if err != nil {
		t.Fatal(err)
	}
	all := []release{}
	if err := yaml.UnmarshalStrict(data, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// cluster is one that has what the release defines, and a kind of constraints.
func (r release) cluster(readable bool) *cluster {
	c := &cluster{served: map[string][]Served{}}
	for group, kinds := range r.Kinds {
		for _, kind := range slices.Sorted(maps.Keys(kinds)) {
			c.served[group] = append(c.served[group], Served{Kind: kind, Resource: schema.GroupVersionResource{
				Group: group, Version: kinds[kind], Resource: strings.ToLower(kind),
			}})
		}
	}
	c.served["constraints.gatekeeper.sh"] = []Served{{Kind: "K8sLabels", Resource: schema.GroupVersionResource{
		Group: "constraints.gatekeeper.sh", Version: "v1beta1", Resource: "k8slabels",
	}}}
	if readable {
		properties := map[string]any{"match": map[string]any{}}
		if r.ScopedEnforcementActions {
			properties["scopedEnforcementActions"] = map[string]any{}
		}
		spec := map[string]any{"properties": map[string]any{"spec": map[string]any{"properties": properties}}}
		c.add("customresourcedefinitions", "k8slabels.constraints.gatekeeper.sh", map[string]any{"spec": map[string]any{"versions": []any{
			map[string]any{"name": "v1beta1", "schema": map[string]any{"openAPIV3Schema": spec}},
		}}})
	}
	return c
}

func TestDefinedVersion(t *testing.T) {
	want := map[string]string{
		"3.5": "older than 3.6", "3.6": "3.6", "3.7": "3.7 to 3.9", "3.8": "3.7 to 3.9", "3.9": "3.7 to 3.9",
		"3.10": "3.10", "3.11": "3.11", "3.12": "3.12", "3.13.0": "3.13 to 3.14", "3.14.0": "3.13 to 3.14",
		"3.15.1": "3.15 to 3.16", "3.16.3": "3.15 to 3.16", "3.17.0": "3.17", "3.18.3": "3.18 to 3.19",
		"3.20.1": "3.20 to 3.21", "3.23.1": "3.21 or newer",
	}
	// What only a definition tells is less without the right to read it.
	unreadable := map[string]string{"3.15.1": "3.15 to 3.17", "3.16.3": "3.15 to 3.17", "3.17.0": "3.15 to 3.17"}
	got, gotUnreadable := map[string]string{}, map[string]string{}
	for _, release := range releases(t) {
		for _, readable := range []bool{true, false} {
			found, err := Gatekeeper{release.cluster(readable)}.definedVersion(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case readable:
				got[release.Version] = found
			case found != got[release.Version]:
				gotUnreadable[release.Version] = found
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(unreadable, gotUnreadable); diff != "" {
		t.Errorf("definitions unreadable: %s", diff)
	}
}

// TestDefinedVersionWithoutParts wants kinds that were left out of an
// installation not to make it older than it is.
func TestDefinedVersionWithoutParts(t *testing.T) {
	all := releases(t)
	newest := all[len(all)-1].cluster(true)
	delete(newest.served, "mutations.gatekeeper.sh")
	delete(newest.served, "externaldata.gatekeeper.sh")
	old := all[slices.IndexFunc(all, func(r release) bool { return r.Version == "3.12" })].cluster(true)
	delete(old.served, "mutations.gatekeeper.sh")
	for want, c := range map[string]*cluster{
		"3.21 or newer": newest,
		"3.11 to 3.12":  old,
		"":              {},
	} {
		if got, err := (Gatekeeper{c}).definedVersion(t.Context()); got != want || err != nil {
			t.Errorf("want %q, found %q, %v", want, got, err)
		}
	}
}

// TestMarksOfTheModule wants what is written down about the newest release to
// be what the module has that we evaluate with.
func TestMarksOfTheModule(t *testing.T) {
	all := releases(t)
	want := all[len(all)-1]
	got := release{Source: "module", Kinds: map[string]map[string]string{}, ScopedEnforcementActions: scoped(t)}
	dir, version := module(t, "github.com/open-policy-agent/gatekeeper/v3")
	got.Version = strings.TrimPrefix(version, "v")
	data, err := os.ReadFile(filepath.Join(dir, "deploy/gatekeeper.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, document := range strings.Split(string(data), "\n---\n") {
		definition := apiextensionsv1.CustomResourceDefinition{}
		if err := yaml.Unmarshal([]byte(document), &definition); err != nil {
			t.Fatal(err)
		}
		if definition.Kind != "CustomResourceDefinition" {
			continue
		}
		if got.Kinds[definition.Spec.Group] == nil {
			got.Kinds[definition.Spec.Group] = map[string]string{}
		}
		got.Kinds[definition.Spec.Group][definition.Spec.Names.Kind] = bestVersion(definition)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("testdata/gatekeeper.yaml, whose last release is that of go.mod (-), and the module (+): %s", diff)
	}
}

func bestVersion(definition apiextensionsv1.CustomResourceDefinition) string {
	best := ""
	for _, one := range definition.Spec.Versions {
		if one.Served && (best == "" || version.CompareKubeAwareVersionStrings(one.Name, best) > 0) {
			best = one.Name
		}
	}
	return best
}

// scoped tells whether the framework gives constraints the field.
func scoped(t *testing.T) bool {
	t.Helper()
	dir, _ := module(t, "github.com/open-policy-agent/frameworks/constraint")
	data, err := os.ReadFile(filepath.Join(dir, "pkg/client/crds/schema.go"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(string(data), `"scopedEnforcementActions":`)
}

func module(t *testing.T, path string) (dir, version string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}} {{.Version}}", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	dir, version, _ = strings.Cut(strings.TrimSpace(string(out)), " ")
	return dir, version
}

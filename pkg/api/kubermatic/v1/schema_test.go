package v1_test

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"

	v1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
)

const (
	repository = "../../../.."
	factsFile  = repository + "/testdata/kkp/schema-facts.yaml"
	ownCRDs    = repository + "/testdata/crds/kubermatic"
)

var update = flag.Bool("update", false, "write the facts file from KKP's own definitions")

// kinds are the Go types by the plural of their kind.
var kinds = []struct {
	plural string
	object any
}{
	{v1.AllowedRegistries.Resource, v1.AllowedRegistry{}},
	{v1.Clusters.Resource, v1.Cluster{}},
	{v1.Constraints.Resource, v1.Constraint{}},
	{v1.ConstraintTemplates.Resource, v1.ConstraintTemplate{}},
	{v1.KubermaticConfigurations.Resource, v1.KubermaticConfiguration{}},
	{v1.KubermaticSettings.Resource, v1.KubermaticSetting{}},
	{v1.Seeds.Resource, v1.Seed{}},
}

// TestFactsCoverTypes fails when a field of a Go type is not in the facts, or the other way round.
func TestFactsCoverTypes(t *testing.T) {
	if *update {
		writeFacts(t)
	}
	all := loadFacts(t)
	if len(all) != len(kinds) {
		t.Fatalf("there are facts about %d kinds, and %d kinds", len(all), len(kinds))
	}
	for i, kind := range kinds {
		f := all[i]
		if name := reflect.TypeOf(kind.object).Name(); f.Kind != name || f.Plural != kind.plural || f.Version != v1.GroupVersion.Version {
			t.Errorf("facts about %s %s %s, and the Go type is %s %s", f.Kind, f.Plural, f.Version, name, kind.plural)
		}
		want := paths(reflect.TypeOf(kind.object))
		got := []string{}
		for path := range f.Fields {
			got = append(got, path)
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: fields of the Go type (-) and facts (+) differ:\n%s", f.Kind, diff)
		}
	}
}

// TestFactsOfOwnCRDs fails when the definitions that are generated from the Go types say anything else than the facts.
func TestFactsOfOwnCRDs(t *testing.T) {
	for _, f := range loadFacts(t) {
		for _, problem := range compare(f, loadCRD(t, ownCRDs, f.Plural), true) {
			t.Errorf("our %s: %s", f.Kind, problem)
		}
	}
}

// TestFactsOfKKP fails when KKP's own definitions, where they are at hand, say anything else than the facts.
func TestFactsOfKKP(t *testing.T) {
	dir := kkpCRDs(t)
	if dir == "" {
		t.Log("not compared with KKP's own definitions: set KKP_CRDS to the directory that holds them")
		return
	}
	for _, f := range loadFacts(t) {
		for _, problem := range compare(f, loadCRD(t, dir, f.Plural), false) {
			t.Errorf("KKP's %s: %s", f.Kind, problem)
		}
	}
}

// kkpCRDs returns the directory with KKP's own definitions: KKP_CRDS, or one beside the repository, or none.
func kkpCRDs(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("KKP_CRDS"); dir != "" {
		return dir
	}
	dir := filepath.Join(repository, "../shared/kkp/crds")
	if _, err := os.Stat(dir); err != nil {
		return ""
	}
	return dir
}

// writeFacts writes the facts about the fields of the Go types, as KKP's own definitions have them.
func writeFacts(t *testing.T) {
	t.Helper()
	dir := kkpCRDs(t)
	if dir == "" {
		t.Fatal("the facts can only be written from KKP's own definitions: set KKP_CRDS")
	}
	all := []facts{}
	for _, kind := range kinds {
		crd := loadCRD(t, dir, kind.plural)
		f := header(crd)
		f.Fields = map[string]string{}
		known := paths(reflect.TypeOf(kind.object))
		for _, path := range known {
			schema, required := find(crd.Spec.Versions[0].Schema.OpenAPIV3Schema, path)
			if schema == nil {
				t.Fatalf("KKP's %s has no %s", f.Kind, path)
			}
			f.Fields[path] = describe(schema, required)
		}
		for _, path := range known {
			schema, _ := find(crd.Spec.Versions[0].Schema.OpenAPIV3Schema, path)
			if children := f.children(path); len(children) > 0 && len(children) < len(fieldNames(schema)) {
				f.Partial = append(f.Partial, path)
			}
		}
		all = append(all, f)
	}
	data, err := yaml.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(factsFile, append([]byte(factsHeader), data...), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestCompareSeesChanges changes a definition in each way that must not pass unseen.
func TestCompareSeesChanges(t *testing.T) {
	type schema = apiextensionsv1.JSONSchemaProps
	all := loadFacts(t)
	tests := map[string]struct {
		plural string
		change func(crd *apiextensionsv1.CustomResourceDefinition, spec *schema)
		want   string
	}{
		"missing field": {
			plural: "constraints",
			change: func(_ *apiextensionsv1.CustomResourceDefinition, spec *schema) { delete(spec.Properties, "disabled") },
			want:   "spec.disabled is missing",
		},
		"new field": {
			plural: "constraints",
			change: func(_ *apiextensionsv1.CustomResourceDefinition, spec *schema) {
				spec.Properties["scopedEnforcementActions"] = schema{Type: "array"}
			},
			want: "spec.scopedEnforcementActions is not in the facts",
		},
		"required": {
			plural: "constraints",
			change: func(_ *apiextensionsv1.CustomResourceDefinition, spec *schema) { spec.Required = nil },
			want:   `spec.constraintType is "string", the facts say "string, required"`,
		},
		"default": {
			plural: "clusters",
			change: func(_ *apiextensionsv1.CustomResourceDefinition, spec *schema) {
				spec.Properties["pause"] = schema{Type: "boolean"}
			},
			want: `spec.pause is "boolean", the facts say "boolean, default false"`,
		},
		"type": {
			plural: "allowedregistries",
			change: func(_ *apiextensionsv1.CustomResourceDefinition, spec *schema) {
				spec.Properties["registryPrefix"] = schema{Type: "array"}
			},
			want: `spec.registryPrefix is "array, required", the facts say "string, required"`,
		},
		"scope": {
			plural: "seeds",
			change: func(crd *apiextensionsv1.CustomResourceDefinition, _ *schema) {
				crd.Spec.Scope = apiextensionsv1.ClusterScoped
			},
			want: "facts (-) and definition (+) differ",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			crd := loadCRD(t, ownCRDs, test.plural)
			root := crd.Spec.Versions[0].Schema.OpenAPIV3Schema
			spec := root.Properties["spec"]
			test.change(crd, &spec)
			root.Properties["spec"] = spec
			i := slices.IndexFunc(all, func(f facts) bool { return f.Plural == test.plural })
			problems := compare(all[i], crd, true)
			if len(problems) != 1 || !strings.Contains(problems[0], test.want) {
				t.Errorf("compare found %q, want only %q", problems, test.want)
			}
		})
	}
}

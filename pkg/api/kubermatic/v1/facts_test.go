package v1_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"
)

// The facts say in one line a field what KKP's custom resource definitions say about the fields that the plugin reads
// or writes. Paths are as in kubectl explain, with [] for the items of a list; "." is the object itself.
const factsHeader = `# What KKP's custom resource definitions say about the fields that the plugin reads or writes, see pkg/api/kubermatic/v1.
# "partial" lists the fields of which KKP knows more than we do: our own definitions keep unknown fields there.
# Written by: KKP_CRDS=<directory with KKP's definitions> go test ./pkg/api/kubermatic/v1 -run TestFacts -update
`

// facts are the facts about one kind.
type facts struct {
	Kind    string            `json:"kind"`
	Plural  string            `json:"plural"`
	Scope   string            `json:"scope"`
	Version string            `json:"version"`
	Status  bool              `json:"statusSubresource"`
	Partial []string          `json:"partial,omitempty"`
	Fields  map[string]string `json:"fields"`
}

// whole reports whether KKP knows nothing about path that we do not.
func (f facts) whole(path string) bool { return !slices.Contains(f.Partial, path) }

// children returns the names of the fields directly below path, sorted.
func (f facts) children(path string) []string {
	names := map[string]bool{}
	for other := range f.Fields {
		if parent, name := split(other); other != "." && parent == path && name != "[]" {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// split cuts a path into its parent and the last step, which is a name or [].
func split(path string) (parent, step string) {
	if list, ok := strings.CutSuffix(path, "[]"); ok {
		return list, "[]"
	}
	i := strings.LastIndex(path, ".")
	if i <= 0 {
		return ".", path
	}
	return path[:i], path[i+1:]
}

// join is the reverse of split.
func join(parent, step string) string {
	switch {
	case parent == ".":
		return step
	case step == "[]":
		return parent + step
	}
	return parent + "." + step
}

// header returns the facts about a definition as a whole, without its fields.
func header(crd *apiextensionsv1.CustomResourceDefinition) facts {
	version := crd.Spec.Versions[0]
	return facts{
		Kind:    crd.Spec.Names.Kind,
		Plural:  crd.Spec.Names.Plural,
		Scope:   string(crd.Spec.Scope),
		Version: version.Name,
		Status:  version.Subresources != nil && version.Subresources.Status != nil,
	}
}

// find returns the schema at path and whether its parent requires it, or nil.
func find(schema *apiextensionsv1.JSONSchemaProps, path string) (*apiextensionsv1.JSONSchemaProps, bool) {
	if path == "." {
		return schema, false
	}
	parentPath, step := split(path)
	parent, _ := find(schema, parentPath)
	switch {
	case parent == nil:
		return nil, false
	case step == "[]":
		if parent.Items == nil {
			return nil, false
		}
		return parent.Items.Schema, false
	}
	child, ok := parent.Properties[step]
	if !ok {
		return nil, false
	}
	return &child, slices.Contains(parent.Required, step)
}

const keepsUnknown = ", keeps unknown"

// describe returns the fact about one field.
func describe(schema *apiextensionsv1.JSONSchemaProps, required bool) string {
	var out strings.Builder
	out.WriteString(schema.Type)
	if schema.Type == "" {
		out.WriteString("any")
	}
	if schema.Format != "" {
		out.WriteString(" " + schema.Format)
	}
	if required {
		out.WriteString(", required")
	}
	if schema.Default != nil {
		var compact bytes.Buffer
		if err := json.Compact(&compact, schema.Default.Raw); err != nil {
			return fmt.Sprintf("default that is no JSON: %v", err)
		}
		out.WriteString(", default " + compact.String())
	}
	if len(schema.Enum) > 0 {
		values := []string{}
		for _, value := range schema.Enum {
			values = append(values, string(value.Raw))
		}
		out.WriteString(", one of " + strings.Join(values, " "))
	}
	if schema.XListType != nil {
		out.WriteString(", list " + *schema.XListType)
	}
	if len(schema.XListMapKeys) > 0 {
		out.WriteString(" by " + strings.Join(schema.XListMapKeys, " "))
	}
	if schema.XMapType != nil {
		out.WriteString(", map " + *schema.XMapType)
	}
	if schema.XPreserveUnknownFields != nil && *schema.XPreserveUnknownFields {
		out.WriteString(keepsUnknown)
	}
	return out.String()
}

func loadFacts(t *testing.T) []facts {
	t.Helper()
	data, err := os.ReadFile(factsFile)
	if err != nil {
		t.Fatal(err)
	}
	var all []facts
	if err := yaml.UnmarshalStrict(data, &all); err != nil {
		t.Fatalf("reading %s: %v", factsFile, err)
	}
	return all
}

func loadCRD(t *testing.T, dir, plural string) *apiextensionsv1.CustomResourceDefinition {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "kubermatic.k8c.io_"+plural+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	crd := &apiextensionsv1.CustomResourceDefinition{}
	if err := yaml.Unmarshal(data, crd); err != nil {
		t.Fatalf("reading the definition of %s: %v", plural, err)
	}
	if len(crd.Spec.Versions) != 1 {
		t.Fatalf("the definition of %s has %d versions: the facts know one", plural, len(crd.Spec.Versions))
	}
	return crd
}

package offline

import (
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// definitions are the CRDs' own kind.
var definitions = schema.GroupKind{Group: "apiextensions.k8s.io", Kind: "CustomResourceDefinition"}

// definition is what of a CRD says which resource it defines.
type definition struct {
	Metadata struct {
		Name string `json:"name"`
	} `json:"metadata"`
	Spec struct {
		Group string `json:"group"`
		Scope string `json:"scope"`
		Names struct {
			Plural     string   `json:"plural"`
			Singular   string   `json:"singular"`
			Kind       string   `json:"kind"`
			ListKind   string   `json:"listKind"`
			ShortNames []string `json:"shortNames"`
		} `json:"names"`
		// Version is what v1beta1 has instead of versions.
		Version  string `json:"version"`
		Versions []struct {
			Name             string `json:"name"`
			Served           bool   `json:"served"`
			SelectableFields []struct {
				JSONPath string `json:"jsonPath"`
			} `json:"selectableFields"`
		} `json:"versions"`
	} `json:"spec"`
}

// defined is the kind that a CRD defines. The error is about what makes it
// unusable; whether its schemas are right is for the API server to say.
func defined(f found) (*kind, error) {
	d := definition{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(f.value, &d); err != nil {
		return nil, fmt.Errorf("%s: reading the CustomResourceDefinition: %w", f.at, err)
	}
	names := d.Spec.Names
	names.Singular = orElse(names.Singular, strings.ToLower(names.Kind))
	if err := d.checkNames(f); err != nil {
		return nil, err
	}
	if want := names.Plural + "." + d.Spec.Group; d.Metadata.Name != want {
		return nil, fmt.Errorf("%s: CustomResourceDefinition %q must be called %s, after what it defines", f.at, d.Metadata.Name, want)
	}
	if d.Spec.Scope != "Namespaced" && d.Spec.Scope != "Cluster" {
		return nil, advice.Errorf("write Namespaced or Cluster",
			"%s: CustomResourceDefinition %q has the scope %q", f.at, d.Metadata.Name, d.Spec.Scope)
	}
	k := &kind{
		origin: custom, at: f.at, group: d.Spec.Group, listKind: orElse(names.ListKind, names.Kind+"List"),
		names: metav1.APIResource{
			Name: names.Plural, SingularName: names.Singular, Kind: names.Kind,
			ShortNames: names.ShortNames, Namespaced: d.Spec.Scope == "Namespaced", Verbs: metav1.Verbs{"get", "list"},
		},
		fields: map[string][]string{},
	}
	if len(d.Spec.Versions) == 0 && isLabel(d.Spec.Version) {
		k.versions = []string{d.Spec.Version}
	}
	for _, version := range d.Spec.Versions {
		if version.Served && !k.serves(version.Name) {
			k.versions = append(k.versions, version.Name)
		}
		for _, field := range version.SelectableFields {
			k.fields[version.Name] = append(k.fields[version.Name], strings.TrimPrefix(field.JSONPath, "."))
		}
	}
	if len(k.versions) == 0 {
		return nil, fmt.Errorf("%s: CustomResourceDefinition %q has no version that is served", f.at, d.Metadata.Name)
	}
	return k, nil
}

// checkNames refuses names that no resource can have.
func (d definition) checkNames(f found) error {
	names := d.Spec.Names
	fields := []struct {
		name, value string
		right       bool
	}{
		{"spec.group", d.Spec.Group, d.Spec.Group != "" && isGroup(d.Spec.Group)},
		{"spec.names.plural", names.Plural, isLabel(names.Plural)},
		{"spec.names.kind", names.Kind, isLabel(strings.ToLower(names.Kind))},
		{"spec.names.singular", names.Singular, names.Singular == "" || isLabel(names.Singular)},
	}
	for _, each := range fields {
		if !each.right {
			return fmt.Errorf("%s: CustomResourceDefinition %q cannot have the %s %s", f.at, d.Metadata.Name, each.name, advice.Quote(each.value))
		}
	}
	for _, version := range d.Spec.Versions {
		if !isLabel(version.Name) {
			return fmt.Errorf("%s: CustomResourceDefinition %q cannot have the version %s", f.at, d.Metadata.Name, advice.Quote(version.Name))
		}
	}
	return nil
}

func orElse(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}

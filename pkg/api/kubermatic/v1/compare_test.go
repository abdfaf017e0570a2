package v1_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"

	v1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
)

// cloudPath is where Cloud is.
const cloudPath = "spec.cloud"

// compare returns what a definition says otherwise than the facts. Our own definitions (own) keep unknown fields where
// we know a part only; KKP's may have further fields there, and nowhere else.
func compare(f facts, crd *apiextensionsv1.CustomResourceDefinition, own bool) []string {
	problems := []string{}
	if diff := cmp.Diff(facts{Kind: f.Kind, Plural: f.Plural, Scope: f.Scope, Version: f.Version, Status: f.Status}, header(crd)); diff != "" {
		problems = append(problems, "facts (-) and definition (+) differ:\n"+diff)
	}
	root := crd.Spec.Versions[0].Schema.OpenAPIV3Schema
	for path, want := range f.Fields {
		if own && strings.HasPrefix(path, cloudPath+".") {
			continue // ours is a free map, see Cloud
		}
		if own && (path == cloudPath || !f.whole(path)) {
			want += keepsUnknown
		}
		schema, required := find(root, path)
		if schema == nil {
			problems = append(problems, path+" is missing")
			continue
		}
		if got := describe(schema, required); got != want {
			problems = append(problems, fmt.Sprintf("%s is %q, the facts say %q", path, got, want))
		}
		if known := f.children(path); len(known) > 0 && f.whole(path) {
			for _, name := range fieldNames(schema) {
				if !slices.Contains(known, name) {
					problems = append(problems, join(path, name)+" is not in the facts")
				}
			}
		}
	}
	slices.Sort(problems)
	return problems
}

// fieldNames returns the names of an object's fields, without those that every object has.
func fieldNames(schema *apiextensionsv1.JSONSchemaProps) []string {
	names := []string{}
	for name := range schema.Properties {
		if name != "apiVersion" && name != "kind" && name != "metadata" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// paths returns the paths of all fields that the types of package v1 declare below t, sorted. Types of other packages
// are leaves, as are free objects; the keys of Cloud stand for its fields.
func paths(t reflect.Type) []string {
	out := []string{}
	var walk func(t reflect.Type, path string)
	walk = func(t reflect.Type, path string) {
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		out = append(out, path)
		switch {
		case t == reflect.TypeFor[v1.Cloud]():
			for _, name := range append([]string{"dc", "providerName"}, v1.ProviderNames...) {
				out = append(out, join(path, name))
			}
		case t.Kind() == reflect.Slice:
			walk(t.Elem(), join(path, "[]"))
		case t.Kind() == reflect.Struct && t.PkgPath() == reflect.TypeFor[v1.Cluster]().PkgPath():
			for field := range t.Fields() {
				name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
				if name != "" && name != "metadata" {
					walk(field.Type, join(path, name))
				}
			}
		}
	}
	walk(t, ".")
	slices.Sort(out)
	return out
}

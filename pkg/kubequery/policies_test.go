package kubequery

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// TestDeployedFolder shows that the bundle for a deployed OPA can be given here
// as it is: the package that is built in takes its place.
func TestDeployedFolder(t *testing.T) {
	for name, o := range map[string]Options{
		"as data":   {Paths: []string{"kubernetes-api-client"}},
		"as bundle": {Bundles: []string{"kubernetes-api-client"}},
	} {
		t.Run(name, func(t *testing.T) {
			replaced := 0
			o.FS, o.Expr = os.DirFS("../../plugins"), `data.kubernetes.api.client.query_all("pods").items`
			o.Notify = func(event Event) {
				if _, ok := event.(Replaced); ok {
					replaced++
				}
			}
			cluster := newFake(always(200, `{"items":[]}`))
			result, err := Evaluate(t.Context(), cluster, o)
			if err != nil {
				t.Fatal(err)
			}
			if replaced != 6 || len(cluster.requests) != 1 {
				t.Errorf("%d files were replaced, and %v asked: %v", replaced, cluster.requests, result)
			}
		})
	}
}

// TestReadPolicies shows what whoever deploys policies gets of them.
func TestReadPolicies(t *testing.T) {
	fsys := fstest.MapFS{
		"b.rego":               {Data: []byte("package b\n\nx := opa.runtime()\n")},
		"a/a.rego":             {Data: []byte("package a # as it is\n")},
		"a/x/data.json":        {Data: []byte(`{"y": 1}`)},
		"bundle/.manifest":     {Data: []byte(`{"rego_version": 0}`)},
		"bundle/old/old.rego":  {Data: []byte("package old\n\np[x] { x := 1 }\n")},
		"bundle/client.rego":   {Data: []byte("package kubernetes.api.client\n")},
		"bundle/xyz/data.yaml": {Data: []byte("z: 2\n")},
	}
	read, err := ReadPolicies(Options{FS: fsys, Paths: []string{"b.rego", "a"}, Bundles: []string{"bundle"}}, ast.CapabilitiesForThisVersion())
	if err != nil {
		t.Fatal(err)
	}
	got := []string{}
	for _, file := range read.Files {
		got = append(got, file.Module.Package.Location.File, file.Module.RegoVersionSpan().String(), strings.SplitN(string(file.Text), "\n", 2)[0])
	}
	want := []string{"a/a.rego", "v1", "package a # as it is", "b.rego", "v1", "package b", "bundle/old/old.rego", "v0", "package old"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	keys := []string{}
	for key := range read.Data {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	if diff := cmp.Diff([]string{"x", "xyz"}, keys); diff != "" {
		t.Error(diff)
	}
}

// TestSamplesBesidePolicies shows what is said where two samples are taken for
// data.
func TestSamplesBesidePolicies(t *testing.T) {
	fsys := fstest.MapFS{
		"a/a.rego": {Data: []byte("package a\n")}, "a/b.yaml": {Data: []byte("kind: A\n")}, "a/c.yaml": {Data: []byte("kind: B\n")},
	}
	_, err := ReadPolicies(Options{FS: fsys, Paths: []string{"a"}}, ast.CapabilitiesForThisVersion())
	want := []string{"as in opa eval, each JSON and YAML file of a folder is data: name the .rego files, or keep samples in another folder"}
	if diff := cmp.Diff(want, advice.Next(err)); diff != "" {
		t.Errorf("%v: %s", err, diff)
	}
}

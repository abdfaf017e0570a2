package policy_test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/imagepolicy"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
)

// conformance is testdata/conformance/export-kkp.yaml.
type conformance struct {
	Templates  []map[string]any `json:"templates"`
	Namespaces []map[string]any `json:"namespaces"`
	Objects    []map[string]any `json:"objects"`
	Cases      []struct {
		Name       string            `json:"name"`
		Constraint map[string]any    `json:"constraint"`
		Registries map[string]string `json:"registries"`
		Violations []violation       `json:"violations"`
	} `json:"cases"`
}

// TestExportDecidesAlike lets Gatekeeper's engine decide every case by what
// KKP writes to a user cluster and by what is exported, and wants the same.
func TestExportDecidesAlike(t *testing.T) {
	data, err := os.ReadFile("../../testdata/conformance/export-kkp.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file conformance
	if err := yaml.UnmarshalStrict(data, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Cases) == 0 {
		t.Fatal("no cases")
	}
	templates := []*kubermaticv1.ConstraintTemplate{imagepolicy.KKPTemplate()}
	for _, value := range file.Templates {
		templates = append(templates, readTemplate(t, &unstructured.Unstructured{Object: value}))
	}
	engines := map[string]*engine{"written by KKP": newEngine(t, written, templates), "exported": newEngine(t, exported, templates)}
	objects := slices.Concat(file.Namespaces, file.Objects)
	for _, tc := range file.Cases {
		t.Run(tc.Name, func(t *testing.T) {
			constraint := imagepolicy.KKPConstraint(slices.Collect(maps.Values(tc.Registries)), nil)
			if tc.Constraint != nil {
				constraint = readConstraint(t, &unstructured.Unstructured{Object: map[string]any{
					"apiVersion": "kubermatic.k8c.io/v1", "kind": "Constraint",
					"metadata": map[string]any{"name": "c", "namespace": "cluster-x"}, "spec": tc.Constraint,
				}})
			}
			for name, engine := range engines {
				if diff := cmp.Diff(tc.Violations, engine.decide(t, []*kubermaticv1.Constraint{constraint}, objects, file.Namespaces)); diff != "" {
					t.Errorf("%s: %s", name, diff)
				}
			}
		})
	}
}

// TestExportedExamplesDecideAlike does the same for the examples and their
// samples.
func TestExportedExamplesDecideAlike(t *testing.T) {
	for name, files := range map[string][]string{
		"kkp-required-labels":    {"template.yaml", "default.yaml"},
		"kkp-allowed-registries": {"registries.yaml"},
		"gatekeeper-template":    {"template.yaml", "constraint.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := "../../examples/" + name + "/"
			templates, constraints := readPolicies(t, dir, files)
			samples, err := manifest.Load([]string{dir + "samples"}, nil)
			if err != nil {
				t.Fatal(err)
			}
			objects, namespaces := []map[string]any{}, []map[string]any{}
			for _, sample := range samples {
				objects = append(objects, sample.Value)
				namespaces = append(namespaces, map[string]any{"metadata": map[string]any{"name": sample.Object().GetNamespace()}})
			}
			want := newEngine(t, written, templates).decide(t, constraints, objects, namespaces)
			if len(want) == 0 {
				t.Error("nothing is violated")
			}
			if diff := cmp.Diff(want, newEngine(t, exported, templates).decide(t, constraints, objects, namespaces)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestEmptySelectorsRejectByThemselves is why an export drops empty selectors:
// where the namespace of an object is not known, as in CI, what KKP writes
// rejects every object that has one.
func TestEmptySelectorsRejectByThemselves(t *testing.T) {
	template := readTemplate(t, object(t, kkpTemplate+`
metadata: {name: never}
spec: {crd: {spec: {names: {kind: Never}}}, targets: [{target: admission.k8s.gatekeeper.sh, rego: "package never\nviolation[{\"msg\": \"x\"}] { false }"}]}`))
	constraint := readConstraint(t, object(t, kkpConstraint+"metadata: {name: c}\nspec: {constraintType: Never, match: {labelSelector: {}, namespaceSelector: {}}}"))
	pod := map[string]any{"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": "p", "namespace": "unknown"}}
	decide := func(form form) []violation {
		engine := newEngine(t, form, []*kubermaticv1.ConstraintTemplate{template})
		return engine.decide(t, []*kubermaticv1.Constraint{constraint}, []map[string]any{pod}, nil)
	}
	got := decide(written)
	if len(got) != 1 || got[0].Action != "deny" ||
		!strings.Contains(got[0].Message, "namespace selector for namespace-scoped object but missing Namespace") {
		t.Errorf("by what KKP writes: %+v", got)
	}
	if got := decide(exported); len(got) != 0 {
		t.Errorf("by what is exported: %+v", got)
	}
}

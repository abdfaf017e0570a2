package imagepolicy_test

import (
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/imagepolicy"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

var update = flag.Bool("update", false, "write the hardened template to its golden file")

// TestHardenedTemplate pins the object that clusters get, with its Rego up to
// the grammar: another version of the library may bring another one, and
// FlavorOf compares the text.
func TestHardenedTemplate(t *testing.T) {
	const golden = "testdata/hardened.yaml"
	template, _, err := imagepolicy.GatekeeperObjects(imagepolicy.FlavorHardened, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	code := template.Object["spec"].(map[string]any)["targets"].([]any)[0].(map[string]any)["code"].([]any)[0].(map[string]any)
	source := code["source"].(map[string]any)
	grammar, _, found := strings.Cut(source["rego"].(string), "titles = {")
	if !found {
		t.Fatal("the Rego has no titles")
	}
	source["rego"] = grammar
	got, err := yaml.Marshal(template.Object)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(golden, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Error(diff)
	}
}

// TestFlavorsAreInterchangeable wants templates of the two flavors to differ in
// their Rego only.
func TestFlavorsAreInterchangeable(t *testing.T) {
	kkp, hardened := imagepolicy.Template(imagepolicy.FlavorKKP), imagepolicy.Template(imagepolicy.FlavorHardened)
	if diff := cmp.Diff(imagepolicy.KKPTemplate(), kkp); diff != "" {
		t.Error(diff)
	}
	if cmp.Equal(kkp, hardened) {
		t.Error("the two flavors are the same")
	}
	hardened.Spec.Targets[0].Code[0].Source = kkp.Spec.Targets[0].Code[0].Source
	if diff := cmp.Diff(kkp, hardened); diff != "" {
		t.Error(diff)
	}
}

func TestFlavorOf(t *testing.T) {
	for _, flavor := range imagepolicy.Flavors() {
		template := imagepolicy.Template(flavor)
		source := policy.RegoSource{}
		if err := json.Unmarshal(template.Spec.Targets[0].Code[0].Source.Raw, &source); err != nil {
			t.Fatal(err)
		}
		manual := imagepolicy.Template(flavor)
		manual.Spec.Targets[0] = kubermaticv1.Target{Target: policy.TargetName, Rego: "\n" + source.Rego}
		for name, object := range map[string]*unstructured.Unstructured{
			"KKP's form":        object(t, policy.TemplateObject, template),
			"Gatekeeper's form": object(t, policy.GatekeeperTemplate, template),
			"exported":          object(t, policy.ExportTemplate, template),
			"the manual's form": object(t, policy.ExportTemplate, manual),
		} {
			if got := imagepolicy.FlavorOf(object); got != flavor {
				t.Errorf("%s in %s: found %q", flavor, name, got)
			}
			live := object.DeepCopy()
			live.Object["status"] = map[string]any{"created": true}
			live.SetAnnotations(map[string]string{policy.AnnotationFlavor: string(flavor.Other())})
			if got := imagepolicy.FlavorOf(live); got != flavor {
				t.Errorf("%s in %s with a wrong annotation: found %q", flavor, name, got)
			}
		}
	}
}

// TestFlavorOfOthers changes a template so that something else may decide.
func TestFlavorOfOthers(t *testing.T) {
	rego := func(source policy.RegoSource) kubermaticv1.Code {
		return kubermaticv1.Code{Engine: policy.EngineRego, Source: policy.JSON(source)}
	}
	own := imagepolicy.Template(imagepolicy.FlavorHardened).Spec.Targets[0].Code[0]
	source := policy.RegoSource{}
	if err := json.Unmarshal(own.Source.Raw, &source); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]kubermaticv1.Target{
		"nothing":      {},
		"edited":       {Code: []kubermaticv1.Code{rego(policy.RegoSource{Rego: source.Rego + "# mine"})}},
		"a library":    {Code: []kubermaticv1.Code{rego(policy.RegoSource{Rego: source.Rego, Libs: []string{"package lib.a"}})}},
		"the manual's": {Rego: source.Rego, Libs: []string{"package lib.a"}},
		"CEL beside":   {Code: []kubermaticv1.Code{own, {Engine: policy.EngineCEL, Source: policy.JSON(map[string]any{})}}},
		"CEL alone":    {Code: []kubermaticv1.Code{{Engine: policy.EngineCEL, Source: own.Source}}},
		"twice":        {Code: []kubermaticv1.Code{own, own}},
		"no source":    {Code: []kubermaticv1.Code{{Engine: policy.EngineRego, Source: policy.JSON("text")}}},
	} {
		template := imagepolicy.Template(imagepolicy.FlavorHardened)
		template.Annotations = map[string]string{policy.AnnotationFlavor: "hardened"}
		template.Spec.Targets = []kubermaticv1.Target{target}
		if got := imagepolicy.FlavorOf(object(t, policy.ExportTemplate, template)); got != imagepolicy.FlavorUnknown {
			t.Errorf("%s: found %q", name, got)
		}
	}
	broken := &unstructured.Unstructured{Object: map[string]any{"spec": "text"}}
	if got := imagepolicy.FlavorOf(broken); got != imagepolicy.FlavorUnknown {
		t.Errorf("something else: found %q", got)
	}
}

func TestFlavors(t *testing.T) {
	if diff := cmp.Diff([]imagepolicy.Flavor{"kkp", "hardened"}, imagepolicy.Flavors()); diff != "" {
		t.Error(diff)
	}
	for flavor, other := range map[imagepolicy.Flavor]imagepolicy.Flavor{"kkp": "hardened", "hardened": "kkp"} {
		if flavor.Other() != other {
			t.Errorf("the other one of %s is %s", flavor, flavor.Other())
		}
	}
}

func object(t *testing.T, form func(*kubermaticv1.ConstraintTemplate) (*unstructured.Unstructured, error),
	template *kubermaticv1.ConstraintTemplate,
) *unstructured.Unstructured {
	t.Helper()
	made, err := form(template)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

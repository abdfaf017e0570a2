package regodriver

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	constraintclient "github.com/open-policy-agent/frameworks/constraint/pkg/client"
	"github.com/open-policy-agent/frameworks/constraint/pkg/client/drivers"
	"github.com/open-policy-agent/frameworks/constraint/pkg/client/drivers/rego"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/target"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/util"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-opa/kubectl-opa/pkg/compile"
	"github.com/kubectl-opa/kubectl-opa/pkg/imagepolicy"
)

// edge is an entry of testdata/edges.yaml.
type edge struct {
	Template, Kind, Version, Rego string
	Libs                          []any
	Parameters                    []any
}

// policy is a template and the parameters of its constraints.
type policy struct {
	kind       string
	template   *unstructured.Unstructured
	parameters []any
}

// gatekeeperModule is where Go keeps the sources of Gatekeeper.
var gatekeeperModule = sync.OnceValues(func() (string, error) {
	out, err := exec.CommandContext(context.Background(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/open-policy-agent/gatekeeper/v3").Output()
	return strings.TrimSpace(string(out)), err
})

func corpus(t testing.TB) []policy {
	t.Helper()
	edges := []edge{}
	read(t, "testdata/edges.yaml", &edges)
	policies := []policy{}
	for _, e := range edges {
		template := map[string]any{}
		if e.Template != "" {
			path := filepath.Join("../../..", e.Template)
			if inside, ok := strings.CutPrefix(e.Template, "gatekeeper/"); ok {
				module, err := gatekeeperModule()
				if err != nil {
					t.Fatal(err)
				}
				path = filepath.Join(module, inside)
			}
			read(t, path, &template)
			e.Kind, _, _ = unstructured.NestedString(template, "spec", "crd", "spec", "names", "kind")
			// KKP's templates have the same spec.
			template["apiVersion"] = "templates.gatekeeper.sh/v1"
		} else {
			source := map[string]any{"rego": e.Rego}
			if e.Libs != nil {
				source["libs"] = e.Libs
			}
			if e.Version != "" {
				source["version"] = e.Version
			}
			template = map[string]any{
				"apiVersion": "templates.gatekeeper.sh/v1", "kind": "ConstraintTemplate",
				"metadata": map[string]any{"name": strings.ToLower(e.Kind)},
				"spec": map[string]any{
					"crd":     map[string]any{"spec": map[string]any{"names": map[string]any{"kind": e.Kind}}},
					"targets": []any{map[string]any{"target": target.Name, "code": []any{map[string]any{"engine": "Rego", "source": source}}}},
				},
			}
		}
		// Any parameters: a schema is not what is tested.
		free := map[string]any{"legacySchema": false, "openAPIV3Schema": map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true}}
		if err := unstructured.SetNestedMap(template, free, "spec", "crd", "spec", "validation"); err != nil {
			t.Fatal(err)
		}
		policies = append(policies, policy{e.Kind, &unstructured.Unstructured{Object: template}, e.Parameters})
	}
	for _, flavor := range imagepolicy.Flavors() {
		template, _, err := imagepolicy.GatekeeperObjects(flavor, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		policies = append(policies, policy{template.GetName(), template, []any{
			map[string]any{"allowed_registry": []any{"quay.io", "docker.io/library"}},
			map[string]any{"allowed_registry": []any{}},
		}})
	}
	return policies
}

func read(t testing.TB, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// decodedReview is a review of what was decoded before.
type decodedReview struct{ manifest Manifest }

func (d decodedReview) Decoded() Manifest { return d.manifest }

// kubernetes is Gatekeeper's target, which takes reviews of what was decoded
// before, too, for constraints without criteria.
type kubernetes struct{ target.K8sValidationTarget }

func (k *kubernetes) HandleReview(object any) (bool, any, error) {
	if _, ok := object.(decodedReview); ok {
		return true, object, nil
	}
	return k.K8sValidationTarget.HandleReview(object)
}

// client makes Gatekeeper's client with one driver.
func client(t testing.TB, driver drivers.Driver) *constraintclient.Client {
	t.Helper()
	made, err := constraintclient.NewClient(
		constraintclient.Targets(&kubernetes{}),
		constraintclient.Driver(driver),
		constraintclient.EnforcementPoints(util.AuditEnforcementPoint),
	)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// original is the frameworks' driver, ours ours.
func original(t testing.TB, args ...rego.Arg) drivers.Driver {
	t.Helper()
	driver, err := rego.New(args...)
	if err != nil {
		t.Fatal(err)
	}
	return driver
}

func ours(t testing.TB, options Options) *Driver {
	t.Helper()
	driver, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	return driver
}

// addTemplates adds the templates of policies.
func addTemplates(t testing.TB, to *constraintclient.Client, policies ...policy) {
	t.Helper()
	for _, p := range policies {
		template, err := compile.Internal(p.template)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := to.AddTemplate(context.Background(), template); err != nil {
			t.Fatalf("%s: %v", p.kind, err)
		}
	}
}

// constraint makes a constraint that matches all objects.
func constraint(kind, name string, parameters any) *unstructured.Unstructured {
	spec := map[string]any{}
	if parameters != nil {
		spec["parameters"] = parameters
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "constraints.gatekeeper.sh/v1beta1", "kind": kind,
		"metadata": map[string]any{"name": name}, "spec": spec,
	}}
}

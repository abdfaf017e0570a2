package policies

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const code = `# match: apps/Deployment
# parameters: {"least": 2}
package sample
`

const written = `apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata:
  name: deploymentsample
spec:
  crd:
    spec:
      names:
        kind: DeploymentSample
      validation:
        openAPIV3Schema:
          type: object
          x-kubernetes-preserve-unknown-fields: true
  targets:
  - rego: |
      # match: apps/Deployment
      # parameters: {"least": 2}
      package sample
    target: admission.k8s.gatekeeper.sh
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: DeploymentSample
metadata:
  name: bench
spec:
  match:
    kinds:
    - apiGroups:
      - apps
      kinds:
      - Deployment
  parameters:
    least: 2
`

func TestPolicy(t *testing.T) {
	text, err := policy("DeploymentSample", code)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(written, string(text)); diff != "" {
		t.Error(diff)
	}
	text, err = policy("Other", "# match: v1/Pod\npackage other\n")
	if err != nil || !strings.Contains(string(text), "- apiGroups:\n      - \"\"\n      kinds:\n      - Pod\n") || strings.Contains(string(text), "parameters") {
		t.Errorf("%v\n%s", err, text)
	}
}

func TestPolicyRefuses(t *testing.T) {
	for code, want := range map[string]string{
		"package sample\n":                          "its first line is not # match: GROUP/KIND",
		"# match: Pod\npackage sample\n":            "its first line is not # match: GROUP/KIND",
		"# match: v1/Pod\n# parameters: 1\npackage": "reading its parameters: json: cannot unmarshal number into Go value of type map[string]interface {}",
	} {
		if text, err := policy("Sample", code); err == nil || err.Error() != want || text != nil {
			t.Errorf("want %s, found %v\n%s", want, err, text)
		}
	}
}

// TestMany wants forty templates of which no two have the same code, whatever
// their names.
func TestMany(t *testing.T) {
	texts, err := Many.read(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for name := range texts {
		text, err := many.ReadFile("many/" + strings.TrimSuffix(name, ".yaml") + ".rego")
		if err != nil {
			t.Fatal(err)
		}
		_, body, _ := strings.Cut(string(text), "\nviolation[")
		if other, there := seen[body]; there {
			t.Errorf("%s and %s have the same code", name, other)
		}
		seen[body] = name
	}
	if len(texts) != 40 {
		t.Errorf("there are %d templates", len(texts))
	}
}

func TestWriteFails(t *testing.T) {
	want := "reading the policies rego: finding Gatekeeper's module: "
	if err := Write(t.Context(), t.TempDir(), t.TempDir(), Rego); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("want %s, found %v", want, err)
	}
}

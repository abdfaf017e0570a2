package conformance_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// gatorPolicy is a template, a constraint, and objects, one of which it hits. The constraint matches by the labels of namespaces.
const gatorPolicy = `-- template.yaml --
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: named}
spec:
  crd: {spec: {names: {kind: Named}}}
  targets:
  - target: admission.k8s.gatekeeper.sh
    rego: |
      package named
      violation[{"msg": "hit"}] { input.review.object.metadata.name == "bad" }
-- constraint.yaml --
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: Named
metadata: {name: named}
spec: {match: {kinds: [{apiGroups: [""], kinds: [ConfigMap]}]}}
-- selecting.yaml --
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: Named
metadata: {name: named}
spec: {match: {namespaceSelector: {matchLabels: {a: b}}}}
-- denny.yaml --
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: Named
metadata: {name: named}
spec: {enforcementAction: denny, match: {kinds: [{apiGroups: [""], kinds: [ConfigMap]}]}}
-- good.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: good, namespace: somewhere}
-- bad.yaml --
apiVersion: v1
kind: ConfigMap
metadata: {name: bad, namespace: default}
-- orphan.yaml --
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: Unknown
metadata: {name: orphan}
-- empty.yaml --
-- no-tests/suite.yaml --
kind: Suite
apiVersion: test.gatekeeper.sh/v1alpha1
tests: []
-- no-suite/readme.txt --
nothing
-- no-assertions/suite.yaml --
kind: Suite
apiVersion: test.gatekeeper.sh/v1alpha1
tests:
- {name: t, template: ../template.yaml, constraint: ../constraint.yaml, cases: [{name: c, object: ../good.yaml}]}
-- autoreject/suite.yaml --
kind: Suite
apiVersion: test.gatekeeper.sh/v1alpha1
tests:
- {name: t, template: ../template.yaml, constraint: ../selecting.yaml, cases: [{name: c, object: ../good.yaml, assertions: [{violations: "yes"}]}]}
`

// gatorFacts are what the real gator was seen to do. They are facts to reproduce, or to do better.
var gatorFacts = []struct {
	name, args     string
	code           int
	stdout, stderr string // regular expressions of the whole
}{
	{"no violation is null in JSON", "test -o json -f template.yaml -f constraint.yaml -f good.yaml", 0, `null`, ``},
	{"no violation is a list in YAML", "test -o yaml -f template.yaml -f constraint.yaml -f good.yaml", 0, `\[\]\n`, ``},
	{"no violation is silence for people", "test -f template.yaml -f constraint.yaml -f good.yaml", 0, ``, ``},
	{"a violation for people", "test -f template.yaml -f constraint.yaml -f bad.yaml", 1, `v1/ConfigMap default/bad: \["named"\] Message: "hit"\n`, ``},
	{"the format default prints nothing", "test -o default -f template.yaml -f constraint.yaml -f bad.yaml", 1, ``, ``},
	{"an unknown format is that for people", "test -o sarif -f template.yaml -f constraint.yaml -f bad.yaml", 1, `v1/ConfigMap default/bad: .*\n`, ``},
	{"an unknown action is reported and does not count", "test -f template.yaml -f denny.yaml -f bad.yaml", 0, `v1/ConfigMap default/bad: .*\n`, ``},
	{"no constraint is no violation", "test -f bad.yaml", 0, ``, ``},
	{"an error exits like a violation", "test -f orphan.yaml", 1, ``, `(?s).*adding constraint "orphan".*`},
	{"no object is an error", "test -f empty.yaml", 1, ``, `no input data identified\n?`},
	{"a suite without tests passes", "verify no-tests", 0, `ok\tno-tests/suite.yaml\t[0-9.]+s\nPASS\n\n`, ``},
	{"no suite passes", "verify no-suite", 0, `PASS\n\n`, ``},
	{"no test of that name passes", "verify autoreject --run nothing", 0, `ok\tautoreject/suite.yaml\t[0-9.]+s\nPASS\n\n`, ``},
	{"no assertion is an error", "verify no-assertions", 1, `(?s) +--- FAIL: c\t.*: assertions must be non-empty\n--- FAIL: t\t.*\nFAIL\n\n`, `(?s).*FAIL.*`},
	{"an autoreject is a violation", "verify autoreject", 0, `ok\tautoreject/suite.yaml\t[0-9.]+s\nPASS\n\n`, ``},
}

// TestGatorFacts runs gator and compares whole outputs and exit codes.
func TestGatorFacts(t *testing.T) {
	program, err := filepath.Abs(gatorProgram)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, file := range txtar.Parse([]byte(gatorPolicy)).Files {
		path := filepath.Join(dir, file.Name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, file.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, fact := range gatorFacts {
		t.Run(fact.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			command := exec.CommandContext(t.Context(), program, regexp.MustCompile(` `).Split(fact.args, -1)...)
			command.Dir, command.Stdout, command.Stderr = dir, &stdout, &stderr
			err := command.Run()
			var exited *exec.ExitError
			if err != nil && !errors.As(err, &exited) {
				t.Fatal(err)
			}
			if diff := cmp.Diff(fact.code, command.ProcessState.ExitCode()); diff != "" {
				t.Errorf("exit code, want(-) found(+):\n%s", diff)
			}
			for _, said := range []struct{ stream, want, found string }{
				{"stdout", fact.stdout, stdout.String()}, {"stderr", fact.stderr, stderr.String()},
			} {
				if !regexp.MustCompile(`\A(?:` + said.want + `)\z`).MatchString(said.found) {
					t.Errorf("want %s to be %s, found %q", said.stream, said.want, said.found)
				}
			}
		})
	}
}

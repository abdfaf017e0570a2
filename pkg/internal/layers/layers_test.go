package layers

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// root is the module's directory, as seen from this package.
const root = "../../.."

// check returns what a module breaks, rule by rule.
func check(t *testing.T, fsys fstest.MapFS) []string {
	t.Helper()
	sources, dirs := load(t, fsys)
	return slices.Concat(checkKnown(dirs), checkRows(sources), checkGates(sources), checkProcess(sources))
}

func TestHouse(t *testing.T) {
	sources, dirs := load(t, os.DirFS(root))
	if len(sources) == 0 {
		t.Fatal("no Go files found")
	}
	for name, problems := range map[string][]string{
		"known":   checkKnown(dirs),
		"rows":    checkRows(sources),
		"gates":   checkGates(sources),
		"process": checkProcess(sources),
	} {
		t.Run(name, func(t *testing.T) {
			for _, problem := range problems {
				t.Error(problem)
			}
		})
	}
}

// TestRules breaks each rule in a small module, and keeps each exception.
func TestRules(t *testing.T) {
	tests := map[string]struct {
		file, text string
		want       string // "" for silence
	}{
		"lower row":               {"pkg/policy/a.go", `import "` + module + `/pkg/api/kubermatic/v1"`, ""},
		"higher row":              {"pkg/policy/a.go", `import "` + module + `/pkg/kube"`, "pkg/policy/a.go:2: pkg/policy (row 1) imports pkg/kube (row 6)"},
		"same row":                {"pkg/policy/a.go", `import "` + module + `/pkg/ui"`, "pkg/policy/a.go:2: pkg/policy (row 1) imports pkg/ui (row 1)"},
		"own parent":              {"pkg/kubequery/server/a.go", `import "` + module + `/pkg/kubequery"`, ""},
		"own child":               {"pkg/kubequery/a.go", `import "` + module + `/pkg/kubequery/server"`, "pkg/kubequery (row 3) imports pkg/kubequery/server (row 3)"},
		"parent of a higher row":  {"pkg/cmd/query/a.go", `import "` + module + `/pkg/cmd"`, "pkg/cmd/query (row 9) imports pkg/cmd (row 10)"},
		"another noun":            {"pkg/cmd/query/a.go", `import "` + module + `/pkg/cmd/registry"`, "imports pkg/cmd/registry (row 9)"},
		"what is for tests":       {"cmd/kubectl-opa/a.go", `import "` + module + `/pkg/testcluster"`, "imports pkg/testcluster (row 12)"},
		"unknown package":         {"pkg/util/a.go", "", "pkg/util is in no row"},
		"unknown package, a test": {"pkg/util/a_test.go", "", "pkg/util is in no row"},
		"another module":          {"hack/tools/a.go", `import "k8s.io/client-go/rest"`, ""},
		"test data":               {"pkg/policy/testdata/a.go", `import "k8s.io/client-go/rest"`, ""},
		"gate":                    {"pkg/fleet/a.go", `import "k8s.io/client-go/rest"`, "pkg/fleet imports k8s.io/client-go/rest: only pkg/kube may"},
		"gate of several":         {"pkg/lint/a.go", `import "github.com/open-policy-agent/opa/v1/ast"`, "only pkg/compile, pkg/projection, pkg/engine, pkg/kubequery may (opa)"},
		"gate, allowed":           {"pkg/engine/regodriver/a.go", `import "github.com/open-policy-agent/opa/v1/ast"`, ""},
		"gate, a like name":       {"pkg/lint/a.go", `import "github.com/open-policy-agent/opa-notary"`, ""},
		"gate, a test":            {"pkg/fleet/a_test.go", `import "k8s.io/client-go/rest"`, ""},
		"gate, for tests":         {"pkg/testcluster/a.go", `import "k8s.io/client-go/rest"`, ""},
		"exit":                    {"pkg/cli/a.go", "import \"os\"\nfunc f() { os.Exit(1) }", "pkg/cli/a.go:3: pkg/cli uses os.Exit: only cmd/kubectl-opa may"},
		"exit, allowed":           {"cmd/kubectl-opa/a.go", "import \"os\"\nfunc f() { os.Exit(1) }", ""},
		"fatal":                   {"pkg/ui/a.go", "import \"log\"\nfunc f() { log.Fatalf(``) }", "uses log.Fatalf"},
		"stream":                  {"cmd/kubectl-opa/a.go", "import \"os\"\nvar out = os.Stdout", "uses os.Stdout: only pkg/cli may"},
		"environment":             {"pkg/kube/a.go", "import sys \"os\"\nvar home = sys.Getenv(`HOME`)", "uses os.Getenv: only pkg/cli may"},
		"clock":                   {"pkg/audit/a.go", "import \"time\"\nvar now = time.Now", "uses time.Now: only pkg/cli may"},
		"clock, allowed":          {"pkg/cli/a.go", "import \"time\"\nvar now = time.Now", ""},
		"clock, a test":           {"pkg/audit/a_test.go", "import \"time\"\nvar now = time.Now", ""},
		"no clock":                {"pkg/audit/a.go", "import \"time\"\nvar d = time.Second", ""},
		"dot import":              {"pkg/audit/a.go", `import . "time"`, `dot import of "time"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			problems := check(t, fstest.MapFS{
				"hack/tools/go.mod": {},
				test.file:           {Data: []byte("package x\n" + test.text + "\n")},
			})
			switch {
			case test.want == "" && len(problems) > 0:
				t.Errorf("found %q", problems)
			case test.want != "" && (len(problems) != 1 || !strings.Contains(problems[0], test.want)):
				t.Errorf("found %q, want one that contains %q", problems, test.want)
			}
		})
	}
}

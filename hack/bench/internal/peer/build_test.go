package peer

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMake(t *testing.T) {
	dir := t.TempDir()
	o := Options{Root: dir, Dir: dir, Kubeconfig: "/k", Plugin: "/bin/kubectl-opa", Access: Access{server: "https://a"}}
	p, err := Make(t.Context(), Plugin, o)
	if err != nil {
		t.Fatal(err)
	}
	b := benchmark(t, "count")
	want := []string{"/bin/kubectl-opa", "query", "data.bench.result", "--data", b.Policy, "--input", b.Input, "--format", "raw"}
	if diff := cmp.Diff(want, p.args(b)); diff != "" || p.Name != Plugin || !p.evaluates {
		t.Error(p.Name, diff)
	}
	environment := strings.Join(p.env[len(os.Environ()):], " ")
	if !strings.HasPrefix(environment, "HOME="+dir+" KUBECONFIG=/k KUBERNETES_API_SERVER=https://a ") {
		t.Errorf("the environment is %s", environment)
	}
}

// TestMakeFails has nothing to build from.
func TestMakeFails(t *testing.T) {
	dir := t.TempDir()
	for name, want := range map[string]string{
		Plugin: "making plugin: building ./cmd/kubectl-opa: ",
		OPA:    "making opa: building github.com/open-policy-agent/opa: ",
		Raw:    "making raw: finding kubectl: ",
	} {
		if _, err := Make(t.Context(), name, Options{Root: dir, Dir: dir}); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("want %s, found %v", want, err)
		}
	}
}

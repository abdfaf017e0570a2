package kubequery

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"
)

// TestSignatures wants each function of the client to have a signature, and its
// arguments to stand where their names say.
func TestSignatures(t *testing.T) {
	module, err := client()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]Signature{}
	for _, rule := range module.Rules {
		signature := Signature{}
		for i, argument := range rule.Head.Args {
			switch argument.Value {
			case ast.Var("name"):
				signature.Name = i
			case ast.Var("namespace"):
				signature.Namespace = i
			}
		}
		if rule.Head.Args[0].Value != ast.Var("resource") {
			t.Errorf("%s begins with %s", rule.Head.Name, rule.Head.Args[0])
		}
		want[string(rule.Head.Name)] = signature
	}
	if diff := cmp.Diff(want, signatures); diff != "" {
		t.Error(diff)
	}
	if bound := len(newAsking(nil, Options{}).functions()); bound != len(want) {
		t.Errorf("%d builtins are bound, and %d functions call them", bound, len(want))
	}
}

func TestFunctionOf(t *testing.T) {
	for full, want := range map[string]string{
		"data.kubernetes.api.client.query_ns":    "query_ns",
		"kubectl_opa.query_ns":                   "query_ns",
		"data.kubernetes.api.client.query_other": "",
		"kubectl_opa.http.send":                  "",
		"data.other.query_ns":                    "",
		"count":                                  "",
	} {
		name, signature, ok := FunctionOf(full)
		if ok != (want != "") || ok && (name != want || signature != Signature{Namespace: 1}) {
			t.Errorf("%s is %q, %+v, %v", full, name, signature, ok)
		}
	}
}

package kubequery

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/format"

	"github.com/kubectl-opa/kubectl-opa/plugins"
)

// TestClientPackage holds the embedded Rego to what it should be: formatted,
// documented, and one function for each builtin that hands over its arguments
// as they are.
func TestClientPackage(t *testing.T) {
	formatted, err := format.Source(clientFile, []byte(plugins.LocalClient))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(formatted), plugins.LocalClient); diff != "" {
		t.Error(diff)
	}
	module, err := ast.ParseModuleWithOpts(clientFile, plugins.LocalClient, ast.ParserOptions{ProcessAnnotation: true})
	if err != nil {
		t.Fatal(err)
	}
	functions := []string{}
	for _, rule := range module.Rules {
		name := rule.Head.Name.String()
		functions = append(functions, name)
		handed := []string{}
		for _, argument := range rule.Head.Args {
			handed = append(handed, argument.String())
		}
		if want := builtinPrefix + name + "(" + strings.Join(handed, ", ") + ")"; rule.Head.Value.String() != want {
			t.Errorf("want %s, found %s", want, rule.Head.Value)
		}
		if len(rule.Annotations) != 1 || rule.Annotations[0].Description == "" {
			t.Errorf("%s is not documented", name)
		}
	}
	if diff := cmp.Diff([]string{
		"query_name_ns", "query_label_selector_ns", "query_all",
		"query_ns", "query_name", "query_label_selector", "query_field_selector_ns",
	}, functions); diff != "" {
		t.Error(diff)
	}
}

package deployed

import (
	"encoding/json"
	"maps"
	"os"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-opa/kubectl-opa/pkg/resources"
)

// stock is what a stock API server serves, and what more it is given.
func stock(t testing.TB, more ...*metav1.APIResourceList) *resources.Index {
	t.Helper()
	text, err := os.ReadFile("../../resources/builtin.json")
	if err != nil {
		t.Fatal(err)
	}
	var table struct {
		Own      []string
		Versions []struct {
			Group, Version string
			Resources      []metav1.APIResource
		}
	}
	if err := json.Unmarshal(text, &table); err != nil {
		t.Fatal(err)
	}
	own := map[string]bool{}
	for _, group := range table.Own {
		own[group] = true
	}
	lists := []*metav1.APIResourceList{}
	for _, v := range table.Versions {
		gv := schema.GroupVersion{Group: v.Group, Version: v.Version}
		lists = append(lists, &metav1.APIResourceList{GroupVersion: gv.String(), APIResources: v.Resources})
	}
	return index(func(group string) bool { return own[group] }, append(lists, more...))
}

// index has groups and versions in the order of the lists.
func index(own func(string) bool, lists []*metav1.APIResourceList) *resources.Index {
	groups := []*metav1.APIGroup{}
	named := map[string]*metav1.APIGroup{}
	for _, list := range lists {
		gv, _ := schema.ParseGroupVersion(list.GroupVersion)
		if named[gv.Group] == nil {
			named[gv.Group] = &metav1.APIGroup{Name: gv.Group}
			groups = append(groups, named[gv.Group])
		}
		version := metav1.GroupVersionForDiscovery{GroupVersion: list.GroupVersion, Version: gv.Version}
		named[gv.Group].Versions = append(named[gv.Group].Versions, version)
		named[gv.Group].PreferredVersion = named[gv.Group].Versions[0]
	}
	return resources.NewIndex(own, groups, lists)
}

// library evaluates expressions that call the client in Rego.
type library struct {
	compiler *ast.Compiler
	data     map[string]any
	// env is the environment that OPA tells policies.
	env map[string]string
}

func newLibrary(t testing.TB, x *resources.Index, env map[string]string) library {
	t.Helper()
	c := Contents{Table: NewTable(x)}
	data, err := c.data()
	if err != nil {
		t.Fatal(err)
	}
	modules, err := c.modules(data)
	if err != nil {
		t.Fatal(err)
	}
	parsed := map[string]*ast.Module{}
	for _, each := range modules {
		parsed[each.path] = each.Module
	}
	compiler := ast.NewCompiler().WithStrict(true)
	if compiler.Compile(parsed); compiler.Failed() {
		t.Fatal(compiler.Errors)
	}
	return library{compiler, data, maps.Clone(env)}
}

// prepare makes an expression ready to be evaluated. A builtin that fails is an
// error, where OPA would make it undefined.
func (l library) prepare(t testing.TB, expr string) rego.PreparedEvalQuery {
	t.Helper()
	environment := ast.NewObject()
	for name, value := range l.env {
		environment.Insert(ast.StringTerm(name), ast.StringTerm(value))
	}
	query, err := rego.New(
		rego.Query(expr), rego.Compiler(l.compiler), rego.Store(inmem.NewFromObject(l.data)), rego.StrictBuiltinErrors(true),
		rego.Runtime(ast.ObjectTerm(ast.Item(ast.StringTerm("env"), ast.NewTerm(environment)))),
	).PrepareForEval(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return query
}

// eval is the value of an expression as JSON would have it; nil if it has none.
func (l library) eval(t testing.TB, expr string, input any) any {
	t.Helper()
	return evaluate(t, l.prepare(t, expr), input)
}

func evaluate(t testing.TB, query rego.PreparedEvalQuery, input any) any {
	t.Helper()
	results, err := query.Eval(t.Context(), rego.EvalInput(input))
	if err != nil {
		t.Fatal(err)
	}
	if len(results) == 0 {
		return nil
	}
	return results[0].Expressions[len(results[0].Expressions)-1].Value
}

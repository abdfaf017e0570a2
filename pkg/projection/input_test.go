package projection

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"
)

// found writes what Input and Emptiness find of a policy whose set is p.
func found(t *testing.T, policy string) (input, emptiness string) {
	t.Helper()
	module := ast.MustParseModuleWithOpts("package p\n\n"+policy, ast.ParserOptions{RegoVersion: ast.RegoV1})
	compiler := ast.NewCompiler().WithEnablePrintStatements(true)
	if compiler.Compile(map[string]*ast.Module{"p": module}); compiler.Failed() {
		t.Fatal(compiler.Errors)
	}
	queries := compiler.QueryCompiler()
	compiled, err := queries.Compile(ast.MustParseBody("data.p.p[result]"))
	if err != nil {
		t.Fatal(err)
	}
	program := Program{Compiler: compiler, Query: compiled, Variables: queries.RewrittenVars()}
	text := func(shape *Shape, ok bool) string {
		if !ok {
			return "lost"
		}
		return shape.String()
	}
	return text(program.Input()), text(program.Emptiness(ast.MustParseRef("data.p.p")))
}

func TestInput(t *testing.T) {
	for name, tc := range map[string]struct{ policy, input, emptiness string }{
		"nothing":          {`p contains 1`, "nothing", "nothing"},
		"no set":           {`q contains input.x`, "nothing", "lost"},
		"element":          {`p contains input.x.y`, "{x:{y:*}}", "{x:{y:.}}"},
		"all":              {`p contains input`, "*", "."},
		"condition":        {`p contains input.x if input.y > 1`, "{x:* y:*}", "{x:. y:*}"},
		"field":            {`p contains {"a": input.x}`, "{x:*}", "{x:.}"},
		"key of a field":   {`p contains {input.x: 1}`, "{x:*}", "{x:*}"},
		"text":             {`p contains sprintf("%v", [input.x])`, "{x:*}", "{x:.}"},
		"text of all":      {`p contains sprintf("%v", [[x | x := input.xs[_].y]])`, "{xs:{[]:{y:*}}}", "{xs:{[]:{y:.}}}"},
		"format":           {`p contains sprintf(input.x, [1])`, "{x:*}", "{x:.}"},
		"arguments":        {`p contains sprintf("%v", input.x)`, "{x:*}", "{x:.}"},
		"compared text":    {"p contains x if {\n\tx := sprintf(\"%v\", [input.x])\n\tx != \"1\"\n}", "{x:*}", "{x:*}"},
		"unused text":      {"p contains 1 if {\n\tx := sprintf(\"%v\", [input.x])\n}", "{x:.}", "{x:.}"},
		"text by function": {"p contains f(input)\n\nf(x) := sprintf(\"%v\", [x.y])", "{y:*}", "{y:.}"},
		"by two functions": {"p contains f(input)\n\nf(x) := sprintf(\"%v\", [x.y]) if x.z\n\nf(x) := \"b\" if x.a", "{a:. y:* z:.}", "{a:. y:* z:.}"},
		"another builtin":  {`p contains concat(",", input.x)`, "{x:*}", "{x:*}"},
		"other set":        {"p contains x if some x in q\n\nq contains input.y", "{y:*}", "{y:*}"},
		"other set counted": {
			"p contains 1 if count(q) > 1\n\nq contains input.y[_].z", "{y:{[]:{z:*}}}", "{y:{[]:{z:*}}}",
		},
		"other set's type":  {"p contains 1 if is_set(q)\n\nq contains input.y", "{y:.}", "{y:.}"},
		"of itself":         {"p contains 1 if not q\n\nq if count(p2) > 1\n\np2 contains input.x", "{x:*}", "{x:*}"},
		"partial object":    {"p contains 1 if q.a\n\nq[k] := v if some k, v in input.x", "{x:{[]:*}}", "{x:{[]:*}}"},
		"index":             {`p contains data.other[input.x]`, "{x:*}", "{x:*}"},
		"printed":           {"p contains 1 if {\n\tprint(input.x)\n}", "{x:*}", "{x:*}"},
		"other input":       {"p contains 1 if q with input as input.x\n\nq if input.y == 1", "{x:* y:*}", "{x:* y:*}"},
		"function replaced": {"f(_) := 1\n\np contains 1 if count(input.x) == 1 with count as f", "lost", "lost"},
	} {
		t.Run(name, func(t *testing.T) {
			input, emptiness := found(t, tc.policy)
			if diff := cmp.Diff([]string{tc.input, tc.emptiness}, []string{input, emptiness}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

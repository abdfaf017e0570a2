package kubequery

import (
	"context"
	"path"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
)

// Program is what an evaluation would run, compiled as for one, so that it can
// be looked at.
type Program struct {
	// Compiler holds the compiled policies.
	Compiler *ast.Compiler
	// Query is the compiled expression, and Queries is what compiled it.
	Query   ast.Body
	Queries ast.QueryCompiler
}

// Compile loads and compiles what Evaluate would evaluate, and asks nothing. The
// error is one of the program, and names the position.
func Compile(ctx context.Context, o Options) (Program, error) {
	if o.Notify == nil {
		o.Notify = func(Event) {}
	}
	program, err := compileProgram(ctx, o)
	if err != nil {
		return Program{}, hintVersion(o, err, func(other Options) error {
			_, err := compileProgram(ctx, other)
			return err
		})
	}
	return program, nil
}

func compileProgram(ctx context.Context, o Options) (Program, error) {
	var program Program
	o.Whole = true // nothing is asked, so it makes no difference what could be observed
	asking := newAsking(nil, o)
	if _, err := prepare(ctx, asking, o, func(compiler *ast.Compiler) { program.Compiler = compiler }); err != nil {
		return Program{}, err
	}
	expression, err := parseExpression(o)
	if err != nil {
		return Program{}, explainAll("compiling", err)
	}
	if program.Queries, program.Query, err = compileQuery(program.Compiler, expression); err != nil {
		return Program{}, explainAll("compiling", err)
	}
	return program, nil
}

// Rules are those of the policies that were loaded, without the client's own
// and without tests: files that end in _test.rego, packages that end in _test,
// and rules that begin with test_.
func (p Program) Rules() []*ast.Rule {
	rules := []*ast.Rule{}
	for _, module := range p.Compiler.Modules {
		parts := module.Package.Path
		last, _ := parts[len(parts)-1].Value.(ast.String)
		file := module.Package.Location.File
		if file == clientFile || strings.HasSuffix(path.Base(file), "_test.rego") || strings.HasSuffix(string(last), "_test") {
			continue
		}
		for _, rule := range module.Rules {
			name := string(rule.Head.Name)
			if !strings.HasPrefix(name, "test_") && !strings.HasPrefix(name, "todo_test_") {
				rules = append(rules, rule)
			}
		}
	}
	return rules
}

// PositionOf is a place in a policy file, or in the expression itself, which
// has no file.
func PositionOf(location *ast.Location) manifest.Position { return positionOf(location) }

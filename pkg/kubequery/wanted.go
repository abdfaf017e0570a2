package kubequery

import (
	"context"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/kubectl-opa/kubectl-opa/pkg/projection"
)

// reserved are the fields of an answer that are the response's own, whatever
// fields the body has.
var reserved = map[string]bool{"status_code": true, "status": true, "headers": true, "body": true}

// wanted knows what of the answers a program can observe.
type wanted struct {
	cluster Cluster
	// calls are the calls of the program; without known, nobody knows them.
	calls []projection.Call
	known bool
}

// observe finds what the compiled policies and an expression can observe. If
// that cannot be told, answers are decoded as a whole.
func (a *asking) observe(compiler *ast.Compiler, query ast.Body) {
	queries, compiled, err := compileQuery(compiler, query)
	if err != nil {
		return
	}
	a.wanted.calls, a.wanted.known = projection.Program{
		Compiler: compiler, Query: compiled, Variables: queries.RewrittenVars(), Source: source,
	}.Calls()
}

// compileQuery compiles an expression as an evaluation does; the query compiler
// knows what it called the variables.
func compileQuery(compiler *ast.Compiler, query ast.Body) (ast.QueryCompiler, ast.Body, error) {
	queries := compiler.QueryCompiler().WithEnablePrintStatements(true)
	compiled, err := queries.Compile(query)
	return queries, compiled, err
}

// source tells the functions of the client by their names, and the builtins
// behind them.
func source(function string) (name string, ok bool) {
	for _, prefix := range []string{"data." + clientPackage + ".", builtinPrefix} {
		if name, ok := strings.CutPrefix(function, prefix); ok {
			return name, true
		}
	}
	return "", false
}

// of is what of the body of an answer is wanted, nil if nothing. It is what
// any call of the program wants that can ask that question: the answer is kept
// for all of them.
func (w wanted) of(ctx context.Context, q question) *projection.Shape {
	if !w.known {
		return projection.Whole()
	}
	found := false
	shapes := []*projection.Shape{}
	for _, call := range w.calls {
		if signatures[call.Name].Gets() == (q.name != "") && w.means(ctx, call.First, q) {
			found = true
			shapes = append(shapes, bodyOf(call.Shape))
		}
	}
	if !found {
		return projection.Whole()
	}
	return projection.Union(append(shapes, named(q))...)
}

// means tells whether a word can mean the resource of a question. A word that
// is not known before the call may mean each.
func (w wanted) means(ctx context.Context, word *string, q question) bool {
	if word == nil {
		return true
	}
	resource, err := w.cluster.Resolve(ctx, *word)
	return err != nil || resource == q.resource
}

// bodyOf is what of its body is wanted if that much of an answer is. The fields
// of the body stand beside those of the response.
func bodyOf(answer *projection.Shape) *projection.Shape {
	if answer.Whole || answer.Each != nil {
		return projection.Whole()
	}
	shapes := []*projection.Shape{{}, answer.Fields["body"]}
	for name, shape := range answer.Fields {
		if !reserved[name] {
			shapes = append(shapes, &projection.Shape{Fields: map[string]*projection.Shape{name: shape}})
		}
	}
	return projection.Union(shapes...)
}

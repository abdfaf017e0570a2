package kubequery

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/topdown/print"
	"github.com/open-policy-agent/opa/v1/util"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// Options say what to evaluate.
type Options struct {
	// Expr is a Rego query, such as data.authz.deny.
	Expr string
	// Paths are files and directories of policies and data, as "opa eval
	// --data" takes them.
	Paths []string
	// FS is where paths are read; nil is the file system of the machine.
	FS fs.FS
	// Input is the input document as JSON or YAML; nil leaves it undefined.
	Input []byte
	// V0Compatible reads policies and expression as OPA did before version 1.
	V0Compatible bool
	// Whole decodes answers as a whole, where else only what the policies can
	// observe is. Results are the same.
	Whole bool
	// Notify gets what happens on the way; nil drops it.
	Notify func(Event)
}

// version is the version of Rego that policies and expression are in.
func (o Options) version() ast.RegoVersion {
	if o.V0Compatible {
		return ast.RegoV0
	}
	return ast.RegoV1
}

// Evaluate evaluates an expression against a cluster. The cluster is not asked
// anything before a function is called. An undefined expression is an empty
// Result. An error is one of the program (policies, data, input, expression),
// or one that ended the evaluation; both name the position. It wraps the
// context's error where that ended it.
func Evaluate(ctx context.Context, cluster Cluster, o Options) (Result, error) {
	if o.Notify == nil {
		o.Notify = func(Event) {}
	}
	asking := newAsking(cluster, o.Notify)
	query, err := prepare(ctx, asking, o)
	if err != nil {
		return Result{}, hintVersion(ctx, asking, o, err)
	}
	set, err := query.Eval(ctx)
	if err != nil {
		return Result{}, explainEvaluation(ctx, asking.failure, err)
	}
	return result(set), nil
}

// prepare loads and compiles everything.
func prepare(ctx context.Context, asking *asking, o Options) (rego.PreparedEvalQuery, error) {
	sources, err := load(o.FS, o.Paths, o.version(), o.Notify)
	if err != nil {
		return rego.PreparedEvalQuery{}, err
	}
	var compiler *ast.Compiler
	options := []func(*rego.Rego){
		rego.CompilerHook(func(c *ast.Compiler) { compiler = c }),
		rego.Query(o.Expr),
		rego.SetRegoVersion(o.version()),
		rego.Capabilities(capabilities(o.version())),
		rego.Store(sources.store),
		rego.StackTraces(true),
		rego.EnablePrintStatements(true),
		rego.PrintHook(printer{o.Notify}),
	}
	if o.Input != nil {
		input, err := parseInput(o.Input)
		if err != nil {
			return rego.PreparedEvalQuery{}, fmt.Errorf("reading the input: %w", err)
		}
		options = append(options, rego.ParsedInput(input))
	}
	for _, module := range sources.modules {
		options = append(options, rego.ParsedModule(module))
	}
	options = append(options, asking.functions()...)
	query, err := rego.New(options...).PrepareForEval(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return query, fmt.Errorf("compiling: %w", context.Cause(ctx))
		}
		return query, explainAll("compiling", err)
	}
	if !o.Whole {
		asking.observe(compiler, o)
	}
	return query, nil
}

// parseInput reads JSON or YAML.
func parseInput(text []byte) (ast.Value, error) {
	var input any
	if err := util.Unmarshal(text, &input); err != nil {
		return nil, err
	}
	return ast.InterfaceToValue(input)
}

// hintVersion adds the way out to an error that comes from reading Rego of the
// other version: it is one only if everything compiles that way.
func hintVersion(ctx context.Context, asking *asking, o Options, err error) error {
	var program *programError
	if !errors.As(err, &program) {
		return err
	}
	o.V0Compatible = !o.V0Compatible
	o.Notify = func(Event) {}
	if _, other := prepare(ctx, asking, o); other != nil {
		return err
	}
	if o.V0Compatible {
		return advice.Wrap(err, "this is Rego as it was before OPA 1.0: give --v0-compatible")
	}
	return advice.Wrap(err, "this is Rego v1: leave --v0-compatible out")
}

// printer hands what a policy prints to the callback.
type printer struct{ notify func(Event) }

// Print implements print.Hook.
func (p printer) Print(at print.Context, text string) error {
	p.notify(Printed{Position: positionOf(at.Location), Text: text})
	return nil
}

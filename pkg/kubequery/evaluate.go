package kubequery

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

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
	// Bundles are bundles of OPA: directories, and archives (.tar.gz).
	Bundles []string
	// FS is where paths are read; nil is the file system of the machine.
	FS fs.FS
	// Input is the input document as JSON or YAML; nil leaves it undefined.
	Input []byte
	// V0Compatible reads policies and expression as OPA did before version 1.
	V0Compatible bool
	// AllowNet are the hosts that http.send and net.lookup_ip_addr reach; without
	// any, there are no such functions.
	AllowNet []Host
	// StrictBuiltinErrors ends the evaluation where a builtin of OPA fails, which
	// else makes it undefined.
	StrictBuiltinErrors bool
	// Observe says what to report beside the result.
	Observe Observe
	// Whole decodes answers as a whole, where else only what the policies can
	// observe is. Results are the same.
	Whole bool
	// ManagedFields keeps metadata.managedFields, which are dropped else.
	ManagedFields bool
	// Redact takes values of Secrets out of what a test printed, of errors of
	// tests and of traces; nil takes out nothing. Events are not redacted.
	Redact func(text string) string
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

func (o Options) redact(text string) string {
	if o.Redact == nil {
		return text
	}
	return o.Redact(text)
}

// Evaluate evaluates an expression against a cluster. The cluster is not asked
// anything before a function is called. An undefined expression is a Result
// without rows. An error is one of the program (policies, data, input,
// expression), or one that ended the evaluation; both name the position. It
// wraps the context's error where that ended it. What was observed until then
// is in the Result all the same.
func Evaluate(ctx context.Context, cluster Cluster, o Options) (Result, error) {
	if o.Notify == nil {
		o.Notify = func(Event) {}
	}
	asking := newAsking(cluster, o)
	query, err := prepare(ctx, asking, o, nil)
	if err != nil {
		return Result{}, hintVersion(o, err, func(other Options) error {
			_, err := prepare(ctx, asking, other, nil)
			return err
		})
	}
	observers := newObservers(o.Observe)
	set, err := query.Eval(ctx, observers.options()...)
	result := observers.result(asking, query.Modules())
	if err != nil {
		return result, explainEvaluation(ctx, asking.failure, err)
	}
	result.Rows = rows(set)
	return result, nil
}

// prepare loads and compiles everything; compiled gets the compiler, unless it
// is nil. What is only looked at compiles whatever hosts are allowed.
func prepare(ctx context.Context, asking *asking, o Options, compiled func(*ast.Compiler)) (rego.PreparedEvalQuery, error) {
	sources, err := load(o)
	if err != nil {
		return rego.PreparedEvalQuery{}, err
	}
	network := network{hosts: o.AllowNet, mocked: compiled != nil, halt: asking.halt}
	expression, err := parseExpression(o)
	if err != nil {
		return rego.PreparedEvalQuery{}, explainAll("compiling", err)
	}
	network.leadCalls(expression)
	var compiler *ast.Compiler
	options := slices.Concat(program(o, sources, network), asking.functions(), network.functions(), []func(*rego.Rego){
		rego.ParsedQuery(expression.Copy()),
		rego.PrintHook(printer{o.Notify}),
		rego.CompilerHook(func(c *ast.Compiler) {
			compiler = c
			network.lead(c)
		}),
	})
	if o.Input != nil {
		input, err := parseInput(o.Input)
		if err != nil {
			return rego.PreparedEvalQuery{}, fmt.Errorf("reading the input: %w", err)
		}
		options = append(options, rego.ParsedInput(input))
	}
	query, err := rego.New(options...).PrepareForEval(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return query, fmt.Errorf("compiling: %w", context.Cause(ctx))
		}
		return query, explainAll("compiling", err)
	}
	if compiled != nil {
		compiled(compiler)
	}
	if !o.Whole && !o.Observe.Explain.On() { // a trace is to show all of a value
		asking.observe(compiler, expression)
	}
	return query, nil
}

// program are the policies and the data, and how they are read: what an
// evaluation and a run of tests have in common.
func program(o Options, sources sources, network network) []func(*rego.Rego) {
	options := []func(*rego.Rego){
		rego.SetRegoVersion(o.version()),
		rego.Capabilities(capabilities(o.version())),
		rego.Store(sources.store),
		rego.StackTraces(true),
		rego.StrictBuiltinErrors(o.StrictBuiltinErrors),
		rego.EnablePrintStatements(true),
		rego.CompilerHook(network.lead),
	}
	for _, module := range sources.modules {
		options = append(options, rego.ParsedModule(module))
	}
	return options
}

// parseExpression reads the expression as OPA itself reads a query.
func parseExpression(o Options) (ast.Body, error) {
	return ast.ParseBodyWithOpts(o.Expr, ast.ParserOptions{
		RegoVersion: o.version(), Capabilities: capabilities(o.version()), SkipRules: true,
	})
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
func hintVersion(o Options, err error, compile func(Options) error) error {
	var program *programError
	if !errors.As(err, &program) {
		return err
	}
	o.V0Compatible = !o.V0Compatible
	o.Notify = func(Event) {}
	if compile(o) != nil {
		return err
	}
	if o.V0Compatible {
		return advice.Wrap(err, "this is Rego as it was before OPA 1.0: give --v0-compatible")
	}
	return advice.Wrap(err, "this is Rego v1: leave --v0-compatible out")
}

// PrintHook returns what hands to the callback what policies print, as Printed.
func PrintHook(notify func(Event)) print.Hook { return printer{notify} }

// printer hands what a policy prints to the callback.
type printer struct{ notify func(Event) }

// Print implements print.Hook.
func (p printer) Print(at print.Context, text string) error {
	p.notify(Printed{Position: positionOf(at.Location), Text: text})
	return nil
}

package kubequery

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// ReadProgram reads what the options name, for an evaluator of its own that has
// another library in the client's place, and compiles it once to see that it can
// be compiled. The library is not among the policies that it returns. An error
// names file and line, and says where Rego of the other version is the reason.
func ReadProgram(ctx context.Context, o Options, library PolicyFile) (Policies, error) {
	if o.Notify == nil {
		o.Notify = func(Event) {}
	}
	read, err := readProgram(ctx, o, library)
	if err != nil {
		return Policies{}, hintVersion(o, err, func(other Options) error {
			_, err := readProgram(ctx, other, library)
			return err
		})
	}
	return read, nil
}

func readProgram(ctx context.Context, o Options, library PolicyFile) (Policies, error) {
	read, err := ReadPolicies(o, capabilities(o.version()))
	if err != nil {
		return Policies{}, err
	}
	if _, taken := read.Data[Root]; taken {
		return Policies{}, advice.Errorf("name it otherwise", "loading data: data.%s is what %s asks with", Root, clientPackage)
	}
	store := inmem.NewFromObject(read.Data)
	txn, err := store.NewTransaction(ctx)
	if err != nil {
		return Policies{}, fmt.Errorf("loading policies: %w", err)
	}
	defer store.Abort(ctx, txn)
	_, err = CompilePolicies(o, library, read.Files, storage.NonEmpty(ctx, store, txn))
	return read, err
}

// CompilePolicies compiles the text of policies, with a library in the client's place, as
// all policies are compiled here: without the builtins that reach out. hasData
// tells whether there is data at a path, which no rule may stand at. A policy of
// the client's package, or below Root, is an error.
func CompilePolicies(o Options, library PolicyFile, policies []PolicyFile, hasData func(path []string) (bool, error)) (*ast.Compiler, error) {
	modules := map[string]*ast.Module{}
	for i, policy := range append([]PolicyFile{library}, policies...) {
		options := o.ParserOptions()
		options.ProcessAnnotation = true
		module, err := ast.ParseModuleWithOpts(policy.File, string(policy.Text), options)
		if err != nil {
			return nil, explainAll("compiling", err)
		}
		if err := checkSchemas([]*ast.Module{module}); err != nil {
			return nil, err
		}
		if err := checkPackage(module); err != nil && i > 0 {
			return nil, err
		}
		modules[policy.File] = module
	}
	compiler := ast.NewCompiler().
		WithCapabilities(capabilities(o.version())).
		WithDefaultRegoVersion(o.version()).
		WithUseTypeCheckAnnotations(true).
		WithEnablePrintStatements(true).
		WithPathConflictsCheck(hasData)
	if compiler.Compile(modules); compiler.Failed() {
		return nil, explainWith("compiling", compiler.Errors, "kubectl opa query has --allow-net for that; a server has nothing of the kind")
	}
	return compiler, nil
}

// ParserOptions are how policies and expressions are read.
func (o Options) ParserOptions() ast.ParserOptions {
	return ast.ParserOptions{RegoVersion: o.version(), Capabilities: capabilities(o.version())}
}

// checkPackage refuses what is ours.
func checkPackage(module *ast.Module) error {
	name := module.Package.Path.String()
	reason := ""
	switch {
	case isClient(module):
		reason = "is built in here"
	case name == "data."+Root || strings.HasPrefix(name, "data."+Root+".") || strings.HasPrefix(name, "data."+Root+"["):
		reason = "is what " + clientPackage + " asks with"
	default:
		return nil
	}
	text := fmt.Sprintf("compiling: %s: the package %s %s", positionOf(module.Package.Location), strings.TrimPrefix(name, "data."), reason)
	return &programError{text, errors.New(text)}
}

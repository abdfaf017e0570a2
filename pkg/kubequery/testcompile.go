package kubequery

import (
	"context"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage"
)

// compiler is the one that rego makes for an evaluation: the runner compiles
// with stages of its own.
func compiler(ctx context.Context, o Options, sources sources, txn storage.Transaction) *ast.Compiler {
	var made *ast.Compiler
	asking := newAsking(nil, o)
	network := network{hosts: o.AllowNet, mocked: true, halt: asking.halt}
	options := slices.Concat(program(o, sources, network), asking.functions(), network.functions())
	rego.New(append(options, rego.CompilerHook(func(c *ast.Compiler) {
		network.lead(c)
		made = c
	}))...)
	return made.WithPathConflictsCheck(storage.NonEmpty(ctx, sources.store, txn))
}

// compiles tells whether the policies can be read and compiled, and runs nothing.
func compiles(ctx context.Context, o Options) error {
	sources, err := load(o)
	if err != nil {
		return err
	}
	return storage.Txn(ctx, sources.store, storage.TransactionParams{}, func(txn storage.Transaction) error {
		c := compiler(ctx, o, sources, txn)
		if c.Compile(sources.byFile()); c.Failed() {
			return c.Errors
		}
		return nil
	})
}

package regodriver

import (
	"context"
	"slices"

	"github.com/open-policy-agent/frameworks/constraint/pkg/client/drivers/rego"
	"github.com/open-policy-agent/frameworks/constraint/pkg/externaldata"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/topdown/print"
	"github.com/open-policy-agent/opa/v1/types"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Options are those of the frameworks' driver, with the same meaning. The zero
// value is what gator runs with.
type Options struct {
	// Tracing and Stats are asked of each query; the frameworks' driver answers
	// these queries.
	Tracing, Stats bool
	// Print keeps print statements, which PrintHook gets.
	Print     bool
	PrintHook print.Hook
	// Externs are the fields of data that templates may read; nil is all that
	// can be allowed, "inventory".
	Externs []string
	// DisabledBuiltins are names of builtins that templates may not call.
	DisabledBuiltins []string
	// Providers and ProviderResponses let templates ask external_data; without
	// Providers templates that call it do not compile.
	Providers         *externaldata.ProviderCache
	ProviderResponses *externaldata.ProviderResponseCache
	// Failed gets the context of a query and each constraint whose template could
	// not be evaluated in it: the result does not tell the error from a
	// violation. It is not called for queries with a trace or statistics.
	Failed func(context.Context, *unstructured.Unstructured)
}

// args are the options for the frameworks' driver.
func (o Options) args(stores map[string]storage.Store) []rego.Arg {
	args := []rego.Arg{
		rego.Storage(stores),
		rego.Tracing(o.Tracing),
		rego.PrintEnabled(o.Print),
		rego.PrintHook(o.PrintHook),
		rego.DisableBuiltins(o.DisabledBuiltins...),
	}
	if o.Stats {
		args = append(args, rego.GatherStats())
	}
	if o.Externs != nil {
		args = append(args, rego.Externs(o.Externs...))
	}
	if o.Providers != nil {
		args = append(args, rego.AddExternalDataProviderCache(o.Providers))
	}
	if o.ProviderResponses != nil {
		args = append(args, rego.AddExternalDataProviderResponseCache(o.ProviderResponses))
	}
	return args
}

// compilation is how the frameworks' driver compiles with these options.
func (o Options) compilation() compilation {
	capabilities := ast.CapabilitiesForThisVersion()
	capabilities.Builtins = slices.DeleteFunc(slices.Clone(capabilities.Builtins), func(builtin *ast.Builtin) bool {
		return slices.Contains(o.DisabledBuiltins, builtin.Name)
	})
	if o.Providers != nil {
		capabilities.Builtins = append(capabilities.Builtins, &ast.Builtin{
			Name: "external_data",
			Decl: types.NewFunction(types.Args(types.A), types.A),
		})
	}
	externs := []string{"data.inventory"}
	if o.Externs != nil {
		externs = nil
		for _, name := range o.Externs {
			externs = append(externs, "data."+name)
		}
	}
	varying := map[string]bool{}
	for _, builtin := range capabilities.Builtins {
		varying[builtin.Name] = varies(builtin)
	}
	return compilation{capabilities: capabilities, externs: externs, print: o.Print, varying: varying}
}

package regodriver

import (
	"fmt"

	"github.com/open-policy-agent/frameworks/constraint/pkg/client/drivers/rego"
	"github.com/open-policy-agent/frameworks/constraint/pkg/client/drivers/rego/schema"
	"github.com/open-policy-agent/frameworks/constraint/pkg/core/templates"
	"github.com/open-policy-agent/frameworks/constraint/pkg/regorewriter"
	"github.com/open-policy-agent/opa/v1/ast"
)

// The names that the frameworks' driver gives to modules, which stand in the
// texts of errors; and one of ours.
const (
	hookPath     = "hooks.hooks_builtin"
	singlePath   = "hooks.single"
	templatePath = "template"
	libPrefix    = "libs"
)

// hook is the rule that the frameworks' driver asks, word for word: it runs the
// template for each constraint. A constraint that was removed in the meantime
// has no parameters, so nothing is said of it.
var hook = ast.MustParseModuleWithOpts(`package hooks

# Determine if the object under review violates any passed Constraints.
violation[response] {
  # Iterate over all keys to Constraints in storage.
  key := input.constraints[_]
  # Construct the input object from the Constraint and temporary object in storage.
  # Silently exits if the Constraint no longer exists.
  # Note: input.review already contains namespaceObject if available (set by driver).
  inp := {
    "review": input.review,
    "parameters": data.constraints[key.kind][key.name],
  }
  # Run the Template with Constraint.
  data.template.violation[r] with input as inp
  # Construct the response, defaulting "details" to empty object if it is not
  # specified.
  response := {
    "key": key,
    "details": object.get(r, "details", {}),
    "msg": r.msg,
  }
}
`, ast.ParserOptions{RegoVersion: ast.RegoV0})

// single is the hook for one constraint whose review and parameters are the
// input as it is: without input to put together and to exchange, it costs half
// of a short template's time less. The key is what the caller knows.
var single = ast.MustParseModuleWithOpts(`package hooks

single[response] {
  data.template.violation[r]
  response := {
    "details": object.get(r, "details", {}),
    "msg": r.msg,
  }
}
`, ast.ParserOptions{RegoVersion: ast.RegoV0})

// compilation is what a template may use.
type compilation struct {
	capabilities *ast.Capabilities
	// externs are the parts of data that are there without being defined.
	externs []string
	print   bool
	// varying are the names of builtins that may give several results for one call.
	varying map[string]bool
}

// compile does what the frameworks' driver does with a template, which has no
// way to hand out its compiler. That driver took the template before, so errors
// are not expected here.
func (c compilation) compile(spec *templates.Target) (*ast.Compiler, error) {
	source, err := sourceOf(spec)
	if err != nil {
		return nil, err
	}
	rewritten, err := c.rewrite(source)
	if err != nil {
		return nil, err
	}
	modules := map[string]*ast.Module{hookPath: hook, singlePath: single}
	for i, module := range rewritten {
		modules[fmt.Sprintf("%s%d", templatePath, i)] = module
	}
	compiler := ast.NewCompiler().WithCapabilities(c.capabilities).WithEnablePrintStatements(c.print)
	if compiler.Compile(modules); compiler.Failed() {
		return nil, compiler.Errors
	}
	return compiler, nil
}

// rewrite parses the modules of a template, entry point first, and moves them
// to where the hook looks.
func (c compilation) rewrite(source *schema.Source) ([]*ast.Module, error) {
	rewriter, err := regorewriter.New(regorewriter.NewPackagePrefixer(libPrefix), []string{"data.lib"}, c.externs)
	if err != nil {
		return nil, err
	}
	options := ast.ParserOptions{RegoVersion: ast.RegoV0}
	if source.Version == "v1" {
		options.RegoVersion = ast.RegoV1
	}
	entry, err := ast.ParseModuleWithOpts(templatePath, source.Rego, options)
	if err != nil {
		return nil, err
	}
	entry.Package.Path = ast.Ref{ast.VarTerm("data")}.Extend(ast.Ref{ast.VarTerm(templatePath)})
	rewriter.AddEntryPointModule(templatePath, entry)
	for i, text := range source.Libs {
		path := fmt.Sprintf(`%s["lib_%d"]`, libPrefix, i)
		lib, err := ast.ParseModuleWithOpts(path, text, options)
		if err != nil {
			return nil, err
		}
		if err := rewriter.AddLib(path, lib); err != nil {
			return nil, err
		}
	}
	sources, err := rewriter.Rewrite()
	if err != nil {
		return nil, err
	}
	modules := []*ast.Module{}
	for _, module := range sources.EntryPoints {
		modules = append(modules, module.Module)
	}
	for _, module := range sources.Libs {
		modules = append(modules, module.Module)
	}
	return modules, nil
}

// sourceOf is the first Rego of a target.
func sourceOf(spec *templates.Target) (*schema.Source, error) {
	for _, code := range spec.Code {
		if code.Engine == schema.Name {
			return schema.GetSource(code)
		}
	}
	return nil, rego.ErrNoRego
}

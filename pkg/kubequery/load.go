package kubequery

import (
	"fmt"
	"maps"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/loader"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"

	"github.com/kubectl-opa/kubectl-opa/plugins"
)

const (
	// clientPackage is the package that is always there.
	clientPackage = "kubernetes.api.client"
	// clientFile stands for the file of that package in positions.
	clientFile = "<" + clientPackage + ">"
)

// sources are the policies and the data of one evaluation.
type sources struct {
	modules []*ast.Module
	store   storage.Store
}

// byFile are the policies by the names of their files.
func (s sources) byFile() map[string]*ast.Module {
	modules := map[string]*ast.Module{}
	for _, module := range s.modules {
		modules[module.Package.Location.File] = module
	}
	return modules
}

// load reads policies (.rego) and data (.json, .yaml) as "opa eval --data"
// does, bundles as its --bundle does, and adds the client. A file of the
// client's own package is left out, so that a folder made for a deployed OPA,
// library and all, works as it is.
func load(o Options) (sources, error) {
	paths, bundles := split(o.Paths, o.Bundles)
	loaded, err := loader.NewFileLoader().
		WithFS(o.FS).
		WithRegoVersion(o.version()).
		WithCapabilities(capabilities(o.version())).
		WithProcessAnnotation(true).
		Filtered(paths, nil)
	if err != nil {
		return sources{}, explainAll("loading policies", err)
	}
	modules := []*ast.Module{}
	for _, path := range slices.Sorted(maps.Keys(loaded.Modules)) {
		modules = append(modules, loaded.Modules[path].Parsed)
	}
	documents := map[string]any{}
	maps.Copy(documents, loaded.Documents)
	for _, name := range bundles {
		read, err := readBundle(o.FS, name, o.version())
		if err != nil {
			return sources{}, err
		}
		for _, file := range read.Modules {
			modules = append(modules, file.Parsed)
		}
		if err := merge(documents, read.Data); err != nil {
			return sources{}, fmt.Errorf("loading the bundle %s: data.%w", name, err)
		}
	}
	modules = slices.DeleteFunc(modules, func(module *ast.Module) bool {
		replaced := module.Package.Path.String() == "data."+clientPackage
		if replaced {
			o.Notify(Replaced{File: module.Package.Location.File})
		}
		return replaced
	})
	if err := checkSchemas(modules); err != nil {
		return sources{}, err
	}
	client, err := client()
	return sources{modules: append(modules, client), store: inmem.NewFromObject(documents)}, err
}

// client is the package that is always there.
func client() (*ast.Module, error) {
	module, err := ast.ParseModuleWithOpts(clientFile, plugins.LocalClient, ast.ParserOptions{
		RegoVersion: ast.RegoV1, ProcessAnnotation: true,
	})
	if err != nil {
		return nil, fmt.Errorf("parsing %s: %w", clientPackage, err)
	}
	return module, nil
}

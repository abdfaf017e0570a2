package kubequery

import (
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
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

// load reads policies and data, and adds the client.
func load(o Options) (sources, error) {
	read, err := ReadPolicies(o, capabilities(o.version()))
	if err != nil {
		return sources{}, err
	}
	modules := []*ast.Module{}
	for _, file := range read.Files {
		modules = append(modules, file.Module)
	}
	if err := checkSchemas(modules); err != nil {
		return sources{}, err
	}
	client, err := client()
	return sources{modules: append(modules, client), store: inmem.NewFromObject(read.Data)}, err
}

// isClient tells whether a policy is of the package that is always there.
func isClient(module *ast.Module) bool { return module.Package.Path.String() == "data."+clientPackage }

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

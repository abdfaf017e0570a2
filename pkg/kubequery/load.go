package kubequery

import (
	"fmt"
	"io/fs"
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

// load reads policies (.rego) and data (.json, .yaml) as "opa eval --data"
// does, and adds the client. A file of the client's own package is left out,
// so that a folder made for a deployed OPA, library and all, works as it is.
func load(fsys fs.FS, paths []string, version ast.RegoVersion, notify func(Event)) (sources, error) {
	loaded, err := loader.NewFileLoader().
		WithFS(fsys).
		WithRegoVersion(version).
		WithCapabilities(capabilities(version)).
		WithProcessAnnotation(true).
		Filtered(paths, nil)
	if err != nil {
		return sources{}, explainAll("loading policies", err)
	}
	modules := []*ast.Module{}
	for _, path := range slices.Sorted(maps.Keys(loaded.Modules)) {
		module := loaded.Modules[path].Parsed
		if module.Package.Path.String() == "data."+clientPackage {
			notify(Replaced{File: path})
			continue
		}
		modules = append(modules, module)
	}
	if err := checkSchemas(modules); err != nil {
		return sources{}, err
	}
	client, err := ast.ParseModuleWithOpts(clientFile, plugins.LocalClient, ast.ParserOptions{
		RegoVersion: ast.RegoV1, ProcessAnnotation: true,
	})
	if err != nil {
		return sources{}, fmt.Errorf("parsing %s: %w", clientPackage, err)
	}
	documents := loaded.Documents
	if documents == nil {
		documents = map[string]any{}
	}
	return sources{modules: append(modules, client), store: inmem.NewFromObject(documents)}, nil
}

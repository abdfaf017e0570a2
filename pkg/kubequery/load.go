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

// load reads what the options name, and adds the client.
func load(o Options) (sources, error) {
	read, err := Read(o)
	if err != nil {
		return sources{}, err
	}
	modules := []*ast.Module{}
	for _, policy := range read.Policies {
		modules = append(modules, policy.module)
	}
	client, err := client()
	return sources{modules: append(modules, client), store: inmem.NewFromObject(read.Data)}, err
}

// Policy is a policy as it is written.
type Policy struct {
	// File is the path as the user gave it, which positions in messages name.
	File string
	Text []byte

	module *ast.Module
}

// Sources are policies and data as they were read.
type Sources struct {
	Policies []Policy
	Data     map[string]any
}

// Read reads policies (.rego) and data (.json, .yaml) as "opa eval --data"
// does, bundles as its --bundle does. A file of the client's own package is left
// out, so that a folder made for a deployed OPA, library and all, works as it
// is. An error names the file, and is one of reading: nothing is compiled.
func Read(o Options) (Sources, error) {
	paths, bundles := split(o.Paths, o.Bundles)
	loaded, err := loader.NewFileLoader().
		WithFS(o.FS).
		WithRegoVersion(o.version()).
		WithCapabilities(capabilities(o.version())).
		WithProcessAnnotation(true).
		Filtered(paths, nil)
	if err != nil {
		return Sources{}, explainAll("loading policies", err)
	}
	all := Sources{Data: map[string]any{}}
	maps.Copy(all.Data, loaded.Documents)
	for _, path := range slices.Sorted(maps.Keys(loaded.Modules)) {
		all.add(loaded.Modules[path].Parsed, loaded.Modules[path].Raw)
	}
	for _, name := range bundles {
		read, err := readBundle(o.FS, name, o.version())
		if err != nil {
			return Sources{}, err
		}
		for _, file := range read.Modules {
			all.add(file.Parsed, file.Raw)
		}
		if err := merge(all.Data, read.Data); err != nil {
			return Sources{}, fmt.Errorf("loading the bundle %s: data.%w", name, err)
		}
	}
	all.Policies = slices.DeleteFunc(all.Policies, func(policy Policy) bool {
		replaced := isClient(policy.module)
		if replaced {
			o.Notify(Replaced{File: policy.File})
		}
		return replaced
	})
	return all, checkSchemas(all.Policies)
}

func (s *Sources) add(module *ast.Module, text []byte) {
	s.Policies = append(s.Policies, Policy{File: module.Package.Location.File, Text: text, module: module})
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

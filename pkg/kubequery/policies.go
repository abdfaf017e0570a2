package kubequery

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/loader"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// Policies are policies and data as they were read.
type Policies struct {
	// Files are those of given files and directories by name, then those of
	// bundles.
	Files []PolicyFile
	// Data is the data of all of them, merged.
	Data map[string]any
}

// PolicyFile is one file of policies.
type PolicyFile struct {
	// File is the path as the user gave it, which positions in messages name.
	File string
	// Text is as it was read.
	Text []byte
	// Module knows in which version of Rego it is written.
	Module *ast.Module
}

func newPolicyFile(module *ast.Module, text []byte) PolicyFile {
	return PolicyFile{File: module.Package.Location.File, Text: text, Module: module}
}

// ReadPolicies reads policies (.rego) and data (.json, .yaml) as "opa eval
// --data" does, and bundles as its --bundle does: what the options have as
// Paths, Bundles, FS, and V0Compatible. Files of the client's own package are left
// out, so that a folder made for a deployed OPA, library and all, works as it
// is; Notify is told. The error is in words for the user.
func ReadPolicies(o Options, builtins *ast.Capabilities) (Policies, error) {
	paths, bundles := split(o.Paths, o.Bundles)
	loaded, err := loader.NewFileLoader().
		WithFS(o.FS).
		WithRegoVersion(o.version()).
		WithCapabilities(builtins).
		WithProcessAnnotation(true).
		Filtered(paths, nil)
	if err != nil {
		return Policies{}, explainConflict(explainAll("loading policies", err))
	}
	read := Policies{Data: map[string]any{}}
	for _, path := range slices.Sorted(maps.Keys(loaded.Modules)) {
		read.Files = append(read.Files, newPolicyFile(loaded.Modules[path].Parsed, loaded.Modules[path].Raw))
	}
	maps.Copy(read.Data, loaded.Documents)
	for _, name := range bundles {
		b, err := readBundle(o.FS, name, o.version(), builtins)
		if err != nil {
			return Policies{}, err
		}
		for _, file := range b.Modules {
			read.Files = append(read.Files, newPolicyFile(file.Parsed, file.Raw))
		}
		if err := merge(read.Data, b.Data); err != nil {
			return Policies{}, fmt.Errorf("loading the bundle %s: data.%w", name, err)
		}
	}
	read.Files = slices.DeleteFunc(read.Files, func(file PolicyFile) bool {
		replaced := isClient(file.Module)
		if replaced && o.Notify != nil {
			o.Notify(Replaced{File: file.File})
		}
		return replaced
	})
	return read, nil
}

// explainConflict helps those whose folder has manifests and samples beside the
// policies.
func explainConflict(err error) error {
	if !strings.Contains(err.Error(), "merge error: conflicting values") {
		return err
	}
	return advice.Wrap(err, "as in opa eval, each JSON and YAML file of a folder is data: name the .rego files, or keep samples in another folder")
}

// ExplainProblems turns what OPA says of policies into one error with a line for
// each problem: file:line:column, code and message.
func ExplainProblems(doing string, err error) error { return explainAll(doing, err) }

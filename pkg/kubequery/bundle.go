package kubequery

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/loader"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// archive is how the name of a bundle in one file ends.
const archive = ".tar.gz"

// split tells bundles in one file from other paths: each is read under its own
// name, while OPA's loader lets two of them overwrite each other's files. A
// bundle that is given twice is read once.
func split(paths, bundles []string) (files, all []string) {
	all = slices.Clone(bundles)
	for _, name := range paths {
		if strings.HasSuffix(name, archive) {
			all = append(all, name)
		} else {
			files = append(files, name)
		}
	}
	seen := map[string]bool{}
	return files, slices.DeleteFunc(all, func(name string) bool {
		again := seen[path.Clean(name)]
		seen[path.Clean(name)] = true
		return again
	})
}

// readBundle reads a bundle, a directory or an archive, as "opa eval --bundle"
// does: signatures are not verified.
func readBundle(fsys fs.FS, name string, version ast.RegoVersion, builtins *ast.Capabilities) (bundle.Bundle, error) {
	files, _, err := loader.GetBundleDirectoryLoaderFS(fsys, name, nil)
	if err != nil {
		return bundle.Bundle{}, explainAll("loading bundles", err)
	}
	read, err := bundle.NewCustomReader(files).
		WithBundleName(name).
		WithBaseDir(name).
		WithSkipBundleVerification(true).
		WithProcessAnnotations(true).
		WithCapabilities(builtins).
		WithRegoVersion(version).
		Read()
	if err != nil {
		return bundle.Bundle{}, explainAll(fmt.Sprintf("loading the bundle %s", name), err)
	}
	switch {
	case read.Type() == bundle.DeltaBundleType:
		return bundle.Bundle{}, advice.Errorf("give a whole bundle", "loading the bundle %s: it has patches only, which change another bundle", name)
	case len(read.WasmModules) > 0:
		return bundle.Bundle{}, advice.Errorf("build it with opa build --target rego",
			"loading the bundle %s: its policies are compiled to WebAssembly, which is not evaluated here", name)
	}
	return read, nil
}

// errConflict says that two sources have different values at one place.
var errConflict = errors.New("is there already, from elsewhere")

// merge adds data to data. Both stay whole: a value at a place that has one
// already is an error that names the place.
func merge(into, data map[string]any) error {
	for key, value := range data {
		there, exists := into[key]
		if !exists {
			into[key] = value
			continue
		}
		old, isObject := there.(map[string]any)
		added, alsoObject := value.(map[string]any)
		if !isObject || !alsoObject {
			return fmt.Errorf("%s %w", key, errConflict)
		}
		if err := merge(old, added); err != nil {
			return fmt.Errorf("%s.%w", key, err)
		}
	}
	return nil
}

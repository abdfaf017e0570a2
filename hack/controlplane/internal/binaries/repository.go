package binaries

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/mod/modfile"
)

// rootModule is the module at the top of the repository.
const rootModule = "github.com/kubectl-opa/kubectl-opa"

// FindRoot returns the repository's top folder: the nearest one, from any of the given folders upwards, that has the
// go.mod of kubectl-opa.
func FindRoot(from ...string) (string, error) {
	for _, start := range from {
		for dir := filepath.Clean(start); ; dir = filepath.Dir(dir) {
			content, err := os.ReadFile(filepath.Join(dir, "go.mod"))
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return "", fmt.Errorf("finding the repository: %w", err)
			}
			if err == nil && modfile.ModulePath(content) == rootModule {
				return dir, nil
			}
			if dir == filepath.Dir(dir) {
				break
			}
		}
	}
	return "", fmt.Errorf("finding the repository: no go.mod of %s in or above %q", rootModule, from)
}

// versions reads from a go.mod the version of every module that a program comes from.
func versions(gomod []byte) (map[string]string, error) {
	file, err := modfile.Parse("go.mod", gomod, nil)
	if err != nil {
		return nil, fmt.Errorf("parsing go.mod: %w", err)
	}
	found := map[string]string{}
	for _, require := range file.Require {
		found[require.Mod.Path] = require.Mod.Version
	}
	for _, p := range programs {
		if found[p.module] == "" {
			return nil, fmt.Errorf("reading go.mod: it does not require %s", p.module)
		}
	}
	return found, nil
}

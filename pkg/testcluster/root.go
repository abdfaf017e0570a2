package testcluster

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// module is the line that tells our go.mod from those of the modules under hack.
const module = "module github.com/kubectl-opa/kubectl-opa"

// findRoot returns the repository's top folder, from any folder in it.
func findRoot(from string) (string, error) {
	start, err := filepath.Abs(from)
	if err != nil {
		return "", fmt.Errorf("finding the repository: %w", err)
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		content, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("finding the repository: %w", err)
		}
		first, _, _ := bytes.Cut(content, []byte("\n"))
		if string(bytes.TrimSpace(first)) == module {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("finding the repository: %s is not in it", start)
		}
	}
}

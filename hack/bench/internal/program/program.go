// Package program builds the programs that are measured.
package program

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Plugin is the path of the kubectl-opa to measure: the one that is given, or
// one that is built from the repository in root where none is.
func Plugin(ctx context.Context, root, given string) (string, error) {
	if given != "" {
		return given, nil
	}
	return build(ctx, root, "kubectl-opa", "", "./cmd/kubectl-opa")
}

// OPA builds OPA with the libraries that hack/bench asks for.
func OPA(ctx context.Context, root string) (string, error) {
	return build(ctx, root, "opa", "hack/bench", "github.com/open-policy-agent/opa")
}

// Gator is Gatekeeper's command line, which make controlplane builds.
func Gator(root string) (string, error) {
	path := filepath.Join(root, ".cache", "bin", "gator")
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("finding gator: %w: run \"make controlplane\" first", err)
	}
	return path, nil
}

// build builds a program in a module of the repository, as releases are built,
// and returns its path.
func build(ctx context.Context, root, name, module, program string) (string, error) {
	path := filepath.Join(root, ".cache", "bench", name)
	command := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", path, program)
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	command.Dir = filepath.Join(root, module)
	if output, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building %s: %w\n%s", program, err, output)
	}
	return path, nil
}

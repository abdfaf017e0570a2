// Package policies writes the templates and constraints that objects are tested
// against.
package policies

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A Set is some templates, each with a constraint.
type Set string

const (
	// Rego is four of Gatekeeper's own templates, for Pods.
	Rego Set = "rego"
	// CEL is the same, and one template in CEL.
	CEL Set = "cel"
	// Many is forty templates in Rego, for objects of ten kinds.
	Many Set = "many"
)

//go:embed files/*.yaml
var files embed.FS

// library are the templates of Gatekeeper's that the constraints are for.
var library = []string{"k8sallowedrepos", "k8scontainterlimits", "k8srequiredlabels", "k8srequiredprobes"}

// Write writes the policies of a set into a folder, which it makes. Gatekeeper's
// are read from its module, which hack/gator of the repository in root asks for.
func Write(ctx context.Context, root, dir string, set Set) error {
	texts, err := set.read(ctx, root)
	if err != nil {
		return fmt.Errorf("reading the policies %s: %w", set, err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("writing the policies %s: %w", set, err)
	}
	for name, text := range texts {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return fmt.Errorf("writing the policies %s: %w", set, err)
		}
	}
	return nil
}

// read is the policies' text by the names of their files.
func (s Set) read(ctx context.Context, root string) (map[string][]byte, error) {
	if s == Many {
		return readMany()
	}
	module, err := gatekeeper(ctx, root)
	if err != nil {
		return nil, err
	}
	texts := map[string][]byte{}
	errs := []error{}
	take := func(name string, text []byte, err error) {
		texts[name] = text
		errs = append(errs, err)
	}
	for _, name := range library {
		file := name + "_template.yaml"
		text, err := os.ReadFile(filepath.Join(module, "demo", "agilebank", "templates", file))
		take(file, text, err)
	}
	own := []string{"constraints.yaml"}
	if s == CEL {
		own = append(own, "cel.yaml")
	}
	for _, file := range own {
		text, err := files.ReadFile("files/" + file)
		take(file, text, err)
	}
	return texts, errors.Join(errs...)
}

// gatekeeper is the folder of Gatekeeper's module.
func gatekeeper(ctx context.Context, root string) (string, error) {
	command := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/open-policy-agent/gatekeeper/v3")
	command.Dir = filepath.Join(root, "hack", "gator")
	output, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("finding Gatekeeper's module: %w: run \"make controlplane\" first", err)
	}
	dir := strings.TrimSpace(string(output))
	if dir == "" { // it is known, but was never fetched
		return "", errors.New("finding Gatekeeper's module: it is not there: run \"make controlplane\" first")
	}
	return dir, nil
}

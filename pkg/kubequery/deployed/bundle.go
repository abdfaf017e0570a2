package deployed

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/bundle"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// root is the part of data that the client owns.
const root = "kubernetes/api"

// Bundle is the contents as a bundle of OPA in one file (.tar.gz): the same bytes
// for the same contents. The error is in words for the user.
func (c Contents) Bundle() ([]byte, error) {
	b, err := c.bundle()
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := bundle.NewWriter(&out).UseModulePath(true).DisableFormat(true).Write(b); err != nil {
		return nil, fmt.Errorf("writing the bundle: %w", err)
	}
	return out.Bytes(), nil
}

// Files are the contents as files by name, without folders, as a ConfigMap has
// them. OPA reads a folder where one is mounted as data, not as a bundle, and has
// to ignore what Kubernetes keeps beside: opa run --server --ignore '..*' FOLDER. So
// nothing says there which files are in Rego v0: those need a bundle.
func (c Contents) Files() (map[string][]byte, error) {
	b, err := c.bundle()
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, module := range b.Modules {
		if module.Parsed.RegoVersionSpan().Max() == ast.RegoV0 {
			return nil, advice.Errorf("deploy a bundle, or bring it to Rego v1 with opa fmt --v0-v1 --write",
				"putting policies into a ConfigMap: %s is in Rego v0", module.Parsed.Package.Location.File)
		}
		files[path.Base(module.Path)] = module.Raw
	}
	if files["data.json"], err = json.Marshal(b.Data); err != nil {
		return nil, fmt.Errorf("writing the data of the policies: %w", err)
	}
	return files, nil
}

func (c Contents) bundle() (bundle.Bundle, error) {
	data, err := c.data()
	if err != nil {
		return bundle.Bundle{}, err
	}
	modules, err := c.modules(data)
	if err != nil {
		return bundle.Bundle{}, err
	}
	b := bundle.Bundle{Data: data, Manifest: bundle.Manifest{Revision: c.Revision}}
	b.SetRegoVersion(ast.RegoV1)
	roots := append([]string{root}, dataRoots(data)...)
	for _, each := range modules {
		name := "/" + each.path
		b.Modules = append(b.Modules, bundle.ModuleFile{URL: name, Path: name, Raw: each.Text, Parsed: each.Module})
		if version := each.Module.RegoVersionSpan().Int(); version != ast.RegoV1.Int() {
			if b.Manifest.FileRegoVersions == nil {
				b.Manifest.FileRegoVersions = map[string]int{}
			}
			b.Manifest.FileRegoVersions[name] = version
		}
		roots = append(roots, packageRoot(each.Module))
	}
	roots = widest(roots)
	b.Manifest.Roots = &roots
	return b, nil
}

// dataRoots are the places of the user's data. kube-mgmt keeps its own under
// "kubernetes", next to where the client has its table.
func dataRoots(data map[string]any) []string {
	roots := []string{}
	add := func(parent string, object map[string]any) {
		for key := range object {
			if strings.Contains(key, "/") {
				roots = append(roots, "")
			} else if parent+key != "kubernetes" {
				roots = append(roots, parent+key)
			}
		}
	}
	add("", data)
	kubernetes, _ := data["kubernetes"].(map[string]any)
	add("kubernetes/", kubernetes)
	return roots
}

// packageRoot is the place of a package in data.
func packageRoot(m *ast.Module) string {
	parts := []string{}
	for _, term := range m.Package.Path[1:] {
		if text, ok := term.Value.(ast.String); ok {
			parts = append(parts, string(text))
		}
	}
	return strings.Join(parts, "/")
}

// widest are the roots without those that are within others: roots of a bundle
// may not overlap. A key with a slash in it has no root but the whole.
func widest(roots []string) []string {
	wide := []string{}
	for _, each := range slices.Compact(slices.Sorted(slices.Values(roots))) {
		if !slices.ContainsFunc(roots, func(other string) bool { return other == "" || strings.HasPrefix(each, other+"/") }) {
			wide = append(wide, each)
		}
	}
	if len(wide) == 0 {
		return []string{""}
	}
	return wide
}

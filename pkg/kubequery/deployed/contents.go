package deployed

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/util"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
	"github.com/kubectl-opa/kubectl-opa/plugins"
)

// Contents are what an OPA gets.
type Contents struct {
	// Table is what its cluster serves.
	Table Table
	// Policies are those of the user. They may use all builtins of OPA.
	Policies kubequery.Policies
	// Revision names the bundle; OPA reports it in its status and its logs.
	Revision string
}

// Read reads the policies of the user: what the options have as Paths, Bundles,
// FS and V0Compatible. Files of tests (_test.rego) are left out.
func Read(o kubequery.Options) (kubequery.Policies, error) {
	read, err := kubequery.ReadPolicies(o, ast.CapabilitiesForThisVersion())
	read.Files = slices.DeleteFunc(read.Files, func(file kubequery.PolicyFile) bool {
		return strings.HasSuffix(file.Module.Package.Location.File, "_test.rego")
	})
	return read, err
}

// module is a file of policies under its name in the bundle.
type module struct {
	path string
	kubequery.PolicyFile
}

// modules are all policies, those of the client first, checked as OPA would.
func (c Contents) modules(data map[string]any) ([]module, error) {
	all, err := client()
	if err != nil {
		return nil, err
	}
	taken := map[string]bool{}
	for _, each := range all {
		taken[path.Base(each.path)] = true
	}
	for _, file := range c.Policies.Files {
		name := unique(path.Base(file.Module.Package.Location.File), taken)
		all = append(all, module{path: "policies/" + name, PolicyFile: file})
	}
	parsed := map[string]*ast.Module{}
	for _, each := range all {
		parsed[each.path] = each.Module
	}
	compiler := ast.NewCompiler().WithPathConflictsCheck(func(place []string) (bool, error) { return has(data, place), nil })
	if compiler.Compile(parsed); compiler.Failed() {
		return nil, kubequery.ExplainProblems("checking the policies as OPA would", compiler.Errors)
	}
	return all, nil
}

// client are the files of the client.
func client() ([]module, error) {
	all := []module{}
	err := fs.WalkDir(plugins.DeployedClient, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(plugins.DeployedClient, name)
		if err != nil {
			return err
		}
		within := strings.TrimPrefix(name, "kubernetes-api-client/")
		parsed, err := ast.ParseModuleWithOpts(within, string(text), ast.ParserOptions{RegoVersion: ast.RegoV1})
		all = append(all, module{within, kubequery.PolicyFile{Text: text, Module: parsed}})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the client: %w", err)
	}
	return all, nil
}

// unique is a name that is not taken and that a ConfigMap can have as a key.
func unique(name string, taken map[string]bool) string {
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune("-._", r) || r < 128 && (r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') {
			return r
		}
		return '_'
	}, name)
	stem := strings.TrimSuffix(name, path.Ext(name))
	for i := 2; taken[name]; i++ {
		name = fmt.Sprintf("%s-%d.rego", stem, i)
	}
	taken[name] = true
	return name
}

// errTable says that policies bring data where the table belongs.
var errTable = errors.New("data.kubernetes.api is where the client has its table of resources, and cannot be an array or a scalar")

// data is all data: that of the user, and the table. A table that comes with a
// folder or a bundle made for a deployed OPA is replaced.
func (c Contents) data() (map[string]any, error) {
	text, err := json.Marshal(c.Table)
	if err != nil {
		return nil, fmt.Errorf("writing the table of resources: %w", err)
	}
	var table any
	if err := util.UnmarshalJSON(text, &table); err != nil {
		return nil, fmt.Errorf("writing the table of resources: %w", err)
	}
	all := maps.Clone(c.Policies.Data)
	if all == nil {
		all = map[string]any{}
	}
	kubernetes, ok := child(all, "kubernetes")
	if !ok {
		return nil, errTable
	}
	api, ok := child(kubernetes, "api")
	if !ok {
		return nil, errTable
	}
	api["resources"] = table
	return all, nil
}

// child makes a copy of the object under a key the object under that key.
func child(parent map[string]any, key string) (map[string]any, bool) {
	value, there := parent[key]
	object, ok := value.(map[string]any)
	if there && !ok {
		return nil, false
	}
	object = maps.Clone(object)
	if object == nil {
		object = map[string]any{}
	}
	parent[key] = object
	return object, true
}

// has tells whether data has a value at a place.
func has(data any, place []string) bool {
	for _, key := range place {
		object, ok := data.(map[string]any)
		if !ok {
			return false
		}
		if data, ok = object[key]; !ok {
			return false
		}
	}
	return true
}

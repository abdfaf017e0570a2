package kubequery

import (
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// off are the builtins that policies do not have here, and why.
var off = map[string]string{
	"http.send":          "a policy reaches nothing but the Kubernetes API, by " + clientPackage,
	"net.lookup_ip_addr": "a policy reaches nothing but the Kubernetes API, by " + clientPackage,
	"opa.runtime":        "a policy sees neither the environment nor credentials",
	"json.match_schema":  "a reference in a schema can read files",
	"json.verify_schema": "a reference in a schema can read files",
}

// capabilities are those of this OPA without the builtins that reach out, or
// see what is the user's. Those that reach allowed hosts have other names (see
// network). Schemas in annotations are fetched from nowhere.
func capabilities(version ast.RegoVersion) *ast.Capabilities {
	c := ast.CapabilitiesForThisVersion(ast.CapabilitiesRegoVersion(version))
	c.Builtins = slices.DeleteFunc(c.Builtins, func(b *ast.Builtin) bool { return off[b.Name] != "" })
	c.AllowNet = []string{}
	return c
}

// whyOff says why a policy cannot call or replace a function, and whether that is
// one that reaches hosts, where this is what OPA complains about.
func whyOff(problem *ast.Error) (reason string, reaches, ok bool) {
	name, called := strings.CutPrefix(problem.Message, "undefined function ")
	if !called && strings.HasPrefix(problem.Message, "with keyword target must ") && problem.Location != nil {
		name = string(problem.Location.Text)
	}
	reason, ok = off[name]
	reaches = slices.ContainsFunc(reachOut, func(b *ast.Builtin) bool { return b.Name == name })
	return name + " is switched off: " + reason, reaches, ok
}

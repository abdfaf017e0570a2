package engine

import (
	"github.com/open-policy-agent/frameworks/constraint/pkg/client/drivers/rego/schema"
	"github.com/open-policy-agent/frameworks/constraint/pkg/core/templates"
	celschema "github.com/open-policy-agent/gatekeeper/v3/pkg/drivers/k8scel/schema"
	"github.com/open-policy-agent/opa/v1/ast"
)

// reads tells what the engine that evaluates a template can see of something:
// where a template has CEL, too, and the version knows it, its Rego is not
// looked at. path leads to what is read, from input or data on.
func reads(template *templates.ConstraintTemplate, target Version, path ...string) bool {
	for _, each := range template.Spec.Targets {
		if target.has(withCEL) && codeOf(each, celschema.Name) != nil {
			continue
		}
		code := codeOf(each, schema.Name)
		if code == nil {
			continue
		}
		source, err := schema.GetSource(*code)
		if err != nil {
			continue
		}
		version := ast.RegoV0
		if source.Version == "v1" {
			version = ast.RegoV1
		}
		for _, text := range append([]string{source.Rego}, source.Libs...) {
			module, err := ast.ParseModuleWithOpts("template", text, ast.ParserOptions{RegoVersion: version})
			// What does not parse is no template, so nothing of that kind gets here.
			if err != nil || refers(module, path) {
				return true
			}
		}
	}
	return false
}

// codeOf is the code for an engine, nil without.
func codeOf(target templates.Target, engine string) *templates.Code {
	for i := range target.Code {
		if target.Code[i].Engine == engine {
			return &target.Code[i]
		}
	}
	return nil
}

// refers tells whether a module may read what is at a path. A variable in a
// reference can be any field, and what is read as a whole is read with all that
// is in it.
func refers(module *ast.Module, path []string) bool {
	found := false
	ast.WalkRefs(module, func(ref ast.Ref) bool {
		found = found || leads(ref, path)
		return found
	})
	return found
}

func leads(ref ast.Ref, path []string) bool {
	for i, name := range path {
		if i == len(ref) {
			return true
		}
		switch value := ref[i].Value.(type) {
		case ast.Var:
			if i == 0 && string(value) != name {
				return false
			}
		case ast.String:
			if string(value) != name {
				return false
			}
		}
	}
	return true
}

package engine

import (
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/frameworks/constraint/pkg/client/drivers/rego/schema"
	"github.com/open-policy-agent/frameworks/constraint/pkg/core/templates"
	celschema "github.com/open-policy-agent/gatekeeper/v3/pkg/drivers/k8scel/schema"
	"github.com/open-policy-agent/opa/v1/ast"
)

// ReadsInventory tells whether some template reads data.inventory: AddData is
// worth calling only then.
func (e *Enforcer) ReadsInventory() bool { return len(e.readers) > 0 }

// incomplete tells that an inventory is not the same everywhere.
func (e *Enforcer) incomplete() []Difference {
	names := strings.Join(slices.Sorted(maps.Keys(e.readers)), ", ")
	switch {
	case names == "":
		return nil
	case e.point == Gator:
		return []Difference{{Points: e.others, Why: "in gator the inventory, which is read by " + names +
			", has all that is given; in a cluster only what the Config or a SyncSet names"}}
	case e.Synced():
		return []Difference{{Points: []Point{Gator}, Why: "the inventory, which is read by " + names +
			", has only what the Config or a SyncSet names; in gator it has all that is given"}}
	}
	return nil
}

// regoOf is the Rego of a template that is evaluated: none where it has CEL,
// too, and the version knows that.
func regoOf(template *templates.ConstraintTemplate, at Version) []*ast.Module {
	modules := []*ast.Module{}
	for _, target := range template.Spec.Targets {
		code := codeOf(target, schema.Name)
		if code == nil || at.has(withCEL) && codeOf(target, celschema.Name) != nil {
			continue
		}
		source, err := schema.GetSource(*code)
		if err != nil {
			continue
		}
		options := ast.ParserOptions{RegoVersion: ast.RegoV0}
		if source.Version == "v1" {
			options.RegoVersion = ast.RegoV1
		}
		for _, text := range append([]string{source.Rego}, source.Libs...) {
			// What does not parse was refused before.
			if module, err := ast.ParseModuleWithOpts("template", text, options); err == nil {
				modules = append(modules, module)
			}
		}
	}
	return modules
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

// readsInventory tells whether a module reads the inventory. Gatekeeper takes
// no template that reads data by a variable or as a whole.
func readsInventory(module *ast.Module) bool {
	found := false
	ast.WalkRefs(module, func(ref ast.Ref) bool {
		found = found || len(ref) > 1 && ref[0].Equal(ast.DefaultRootDocument) && ref[1].Equal(ast.StringTerm("inventory"))
		return found
	})
	return found
}

// mentions tells whether a module has a text, as the name of a field or by
// itself.
func mentions(module *ast.Module, text string) bool {
	found := false
	ast.WalkTerms(module, func(term *ast.Term) bool {
		value, isText := term.Value.(ast.String)
		found = found || isText && string(value) == text
		return found
	})
	return found
}

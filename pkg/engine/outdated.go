package engine

import (
	"fmt"

	"github.com/open-policy-agent/frameworks/constraint/pkg/client/drivers/rego/schema"
	"github.com/open-policy-agent/frameworks/constraint/pkg/core/templates"
	celschema "github.com/open-policy-agent/gatekeeper/v3/pkg/drivers/k8scel/schema"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/util"
	"github.com/open-policy-agent/opa/v1/ast"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// outdate makes of a template what an older version sees, and refuses what
// that version does.
func (v Version) outdate(template *templates.ConstraintTemplate) error {
	if v.behind == 0 {
		return nil
	}
	for i := range template.Spec.Targets {
		target := &template.Spec.Targets[i]
		if !v.has(withOperations) {
			target.Operations = nil
		}
		code := codeOf(*target, schema.Name)
		switch {
		case code != nil:
			if err := v.outdateRego(code); err != nil {
				return err
			}
		case codeOf(*target, celschema.Name) != nil && !v.has(withCEL):
			return advice.Errorf(fmt.Sprintf("add the policy in Rego, or use Gatekeeper %d.%d or newer (3.13 and newer have it behind a flag)", major, withCEL),
				"Gatekeeper %s has no engine for it: it has no code but for %s", v, celschema.Name)
		}
	}
	return nil
}

func (v Version) outdateRego(code *templates.Code) error {
	fields, _ := code.Source.Value.(map[string]any)
	source, err := schema.GetSource(*code)
	if err != nil || fields == nil {
		return err
	}
	next := "write it for OPA " + v.opa()
	if source.Version == "v1" && !v.has(withRegoV1) {
		// An unknown field is dropped, and the code taken for v0.
		delete(fields, "version")
		source.Version = ""
		next = fmt.Sprintf("write the policy in Rego v0: source.version is known from Gatekeeper %d.%d on", major, withRegoV1)
	}
	if err := v.compile(source); err != nil {
		return advice.Wrap(fmt.Errorf("Gatekeeper %s has OPA %s, which refuses it: %w", v, v.opa(), err), "%s", next) //nolint:staticcheck // a name.
	}
	return nil
}

// compile compiles Rego with what an older OPA had of the language.
func (v Version) compile(source *schema.Source) error {
	capabilities, err := ast.LoadCapabilitiesVersion(v.opa())
	if err != nil {
		return err
	}
	options := ast.ParserOptions{RegoVersion: ast.RegoV0, Capabilities: capabilities}
	if source.Version == "v1" {
		options.RegoVersion = ast.RegoV1
	}
	modules := map[string]*ast.Module{}
	for i, text := range append([]string{source.Rego}, source.Libs...) {
		name := "rego"
		if i > 0 {
			name = fmt.Sprintf("libs[%d]", i-1)
		}
		module, err := ast.ParseModuleWithOpts(name, text, options)
		if err != nil {
			return err
		}
		modules[name] = module
	}
	compiler := ast.NewCompiler().WithCapabilities(capabilities)
	if compiler.Compile(modules); compiler.Failed() {
		return compiler.Errors
	}
	return nil
}

// checkAction refuses an action that the version does not know.
func (v Version) checkAction(action util.EnforcementAction, constraint *unstructured.Unstructured) error {
	if action != util.Scoped || v.has(withScoped) {
		return util.ValidateEnforcementAction(action, constraint.Object)
	}
	return advice.Wrap(fmt.Errorf("%w: %q is not within the supported list %v", util.ErrEnforcementAction, action,
		[]util.EnforcementAction{util.Deny, util.Dryrun, util.Warn}),
		"give it one action: scoped ones are known from Gatekeeper %d.%d on", major, withScoped)
}

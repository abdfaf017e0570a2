package compile

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/open-policy-agent/frameworks/constraint/pkg/client/drivers/rego/schema"
	"github.com/open-policy-agent/frameworks/constraint/pkg/core/templates"
	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// located is how Gatekeeper's errors name a place: its entry point is called
// template, its libraries libs["lib_N"].
var located = regexp.MustCompile(`(template|libs\["lib_(\d+)"\]):(\d+): (.*)`)

// diagnose takes Gatekeeper's verdict apart.
func diagnose(template *templates.ConstraintTemplate, err error) *Error {
	result := &Error{err: err}
	modules := sources(template)
	failed := modules.errors()
	for _, line := range strings.Split(err.Error(), "\n") {
		found := located.FindStringSubmatch(line)
		if found == nil {
			continue
		}
		diagnostic := Diagnostic{Module: "rego", Message: found[4]}
		if found[2] != "" {
			diagnostic.Module = "libs[" + found[2] + "]"
		}
		diagnostic.Row, _ = strconv.Atoi(found[3])
		diagnostic.Column = column(failed, diagnostic)
		result.Diagnostics = append(result.Diagnostics, diagnostic)
	}
	if len(result.Diagnostics) == 0 {
		result.Diagnostics = ofSchema(err.Error())
	}
	if len(result.Diagnostics) == 0 {
		result.Diagnostics = []Diagnostic{{Message: err.Error()}}
	}
	result.Next = modules.otherVersion()
	return result
}

// inSchema is how Gatekeeper names a place in the schema of the parameters:
// inside the definition that it makes of the template.
var inSchema = regexp.MustCompile(`spec\.validation\.openAPIV3Schema\.properties\[spec\]\.properties\[parameters\]([^:\s]*): `)

// ofSchema takes apart what is wrong with a template's schema, and leads it to
// the fields of the template itself.
func ofSchema(text string) []Diagnostic {
	found := inSchema.FindAllStringSubmatchIndex(text, -1)
	diagnostics := []Diagnostic{}
	for i, at := range found {
		message := strings.TrimSuffix(text[at[1]:], "]")
		if i+1 < len(found) {
			message = strings.TrimSuffix(text[at[1]:found[i+1][0]], ", ")
		}
		path := append([]any{"spec", "crd", "spec", "validation", "openAPIV3Schema"}, policy.ParsePath(text[at[2]:at[3]])...)
		diagnostics = append(diagnostics, Diagnostic{Path: path, Message: message})
	}
	// The validator walks through maps.
	slices.SortFunc(diagnostics, func(a, b Diagnostic) int { return strings.Compare(a.String(), b.String()) })
	return diagnostics
}

// regoSource is the Rego source of a template.
type regoSource struct {
	version ast.RegoVersion
	modules map[string]string
}

func sources(template *templates.ConstraintTemplate) regoSource {
	result := regoSource{version: ast.RegoV0, modules: map[string]string{}}
	for _, target := range template.Spec.Targets {
		for _, code := range target.Code {
			if code.Engine != schema.Name {
				continue
			}
			source, err := schema.GetSource(code)
			if err != nil {
				continue
			}
			if source.Version == "v1" {
				result.version = ast.RegoV1
			}
			result.modules["rego"] = source.Rego
			for i, lib := range source.Libs {
				result.modules[fmt.Sprintf("libs[%d]", i)] = lib
			}
		}
	}
	return result
}

func (s regoSource) parse(version ast.RegoVersion) (map[string]*ast.Module, ast.Errors) {
	parsed := map[string]*ast.Module{}
	failed := ast.Errors{}
	for name, text := range s.modules {
		module, err := ast.ParseModuleWithOpts(name, text, ast.ParserOptions{RegoVersion: version})
		var found ast.Errors
		if errors.As(err, &found) {
			failed = append(failed, found...)
		} else if module != nil {
			parsed[name] = module
		}
	}
	return parsed, failed
}

// errors parses and compiles once more, for the columns that Gatekeeper's text
// leaves out.
func (s regoSource) errors() ast.Errors {
	parsed, failed := s.parse(s.version)
	if len(failed) == 0 {
		compiler := ast.NewCompiler()
		compiler.Compile(parsed)
		failed = compiler.Errors
	}
	return failed
}

// column is the column of the error in the same row with the same words, 0
// where there is none.
func column(failed ast.Errors, d Diagnostic) int {
	for _, err := range failed {
		if err.Location != nil && err.Location.File == d.Module && err.Location.Row == d.Row &&
			d.Message == err.Code+": "+err.Message {
			return err.Location.Col
		}
	}
	return 0
}

// otherVersion tells whether the code would parse in the other version of Rego,
// and what follows from that.
func (s regoSource) otherVersion() string {
	if _, failed := s.parse(s.version); len(failed) == 0 || len(s.modules) == 0 {
		return ""
	}
	if s.version == ast.RegoV1 {
		if _, failed := s.parse(ast.RegoV0); len(failed) == 0 {
			return "this is Rego v0: leave source.version out"
		}
		return ""
	}
	if _, failed := s.parse(ast.RegoV1); len(failed) == 0 {
		return "this is Rego v1: write it without if and contains for KKP (Gatekeeper 3.12 knows v0 only), " +
			"or set source.version: v1 (--rego-version v1) where Gatekeeper is 3.19 or newer"
	}
	return ""
}

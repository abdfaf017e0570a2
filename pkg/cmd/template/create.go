package template

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object/fields"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// builder makes a template from flags.
type builder struct {
	env        *cli.Env
	kind       string
	rego, cel  string
	libs       []string
	version    string
	parameters []string
	schema     string
	selector   fields.Selector
}

var _ object.Builder = (*builder)(nil)

// AddFlags registers the flags. The kind of a template cannot be changed later:
// its name is the lower-cased kind.
func (b *builder) AddFlags(flags *pflag.FlagSet, change bool) {
	if !change {
		flags.StringVar(&b.kind, "kind", "", "The kind of constraints that the template makes, such as K8sRequiredLabels; its lower-cased form is NAME.")
	}
	flags.StringVar(&b.rego, "rego", "", "A file with the Rego policy.")
	flags.StringSliceVar(&b.libs, "lib", nil, "A file with a Rego library, package lib.…; may be repeated.")
	flags.StringVar(&b.version, "rego-version", "", "The version of the Rego: v0 (the default), or v1, which Gatekeeper knows from 3.19 on.")
	cli.Offer(flags, "rego-version", "v0", "v1")
	flags.StringVar(&b.cel, "cel", "", "A file with the source of a CEL policy (engine K8sNativeValidation), as YAML.")
	flags.StringArrayVar(&b.parameters, "param", nil, "A parameter as name:type, with type string, integer, number, boolean, object or []type; may be repeated.")
	flags.StringVar(&b.schema, "schema", "", "A file with the OpenAPI v3 schema of the parameters.")
	b.selector.AddFlags(flags)
}

func (b *builder) Given() bool {
	return b.kind != "" || b.hasCode() || b.schema != "" || len(b.parameters) > 0 || b.selector.Given()
}

func (b *builder) hasCode() bool {
	return b.rego != "" || b.cel != "" || len(b.libs) > 0 || b.version != ""
}

func (b *builder) New(noun object.Noun, name string) (manifest.Document, error) {
	if b.kind == "" {
		return manifest.Document{}, advice.Errorf("give --kind, for example --kind K8sRequiredLabels",
			"the kind of template %q is missing", name)
	}
	if !b.hasCode() {
		return manifest.Document{}, errOneSource
	}
	if noun.On == cli.OnGatekeeper {
		return object.Blank(policy.TemplateAPIVersion, noun.Kind, name), nil
	}
	return object.Blank(kubermaticv1.GroupVersion.String(), noun.Kind, name), nil
}

var errOneSource = advice.Errorf("give --rego FILE or --cel FILE", "want exactly one source of policy")

var errNoSelector = advice.Errorf("leave them out: the template is for the one cluster that the command reaches",
	"--provider and --cluster-selector select KKP's user clusters, and a template of Gatekeeper has no such field")

// Fill makes the document; what comes from files keeps its positions.
func (b *builder) Fill(document manifest.Document) (manifest.Document, error) {
	spec := document.Spec()
	if b.kind != "" {
		if err := unstructured.SetNestedField(spec, b.kind, "crd", "spec", "names", "kind"); err != nil {
			return document, err
		}
	}
	schema, err := b.parameterSchema()
	if err == nil && schema.Value != nil {
		err = unstructured.SetNestedField(spec, schema.Value, "crd", "spec", "validation", "openAPIV3Schema")
		document = document.Graft(schema, "spec", "crd", "spec", "validation", "openAPIV3Schema")
	}
	if err == nil && policy.IsGatekeeper(document.Object()) && b.selector.Given() {
		err = errNoSelector
	}
	if err == nil {
		err = b.selector.Fill(spec)
	}
	if err != nil || !b.hasCode() {
		return document, err
	}
	return b.fillCode(document)
}

// fillCode makes the target with its one entry of code from --rego and --lib,
// or from --cel.
func (b *builder) fillCode(document manifest.Document) (manifest.Document, error) {
	path := []any{"spec", "targets", 0, "code", 0, "source"}
	var code map[string]any
	var err error
	switch {
	case (b.rego == "") == (b.cel == ""):
		return document, errOneSource
	case b.cel == "":
		code, err = b.regoCode()
		document = document.GraftText(b.rego, append(path, "rego")...)
		for i, lib := range b.libs {
			document = document.GraftText(lib, append(path[:len(path):len(path)], "libs", i)...)
		}
	case len(b.libs) > 0:
		return document, advice.Errorf("leave --lib out", "libraries are for Rego, not for CEL")
	case b.version != "":
		return document, advice.Errorf("leave --rego-version out", "--rego-version is for Rego, not for CEL")
	default:
		var source manifest.Document
		source, err = manifest.LoadOne(b.cel, b.env.In)
		code = map[string]any{"engine": policy.EngineCEL, "source": source.Value}
		document = document.Graft(source, path...)
	}
	document.Spec()["targets"] = []any{map[string]any{"target": policy.TargetName, "code": []any{code}}}
	return document, err
}

// regoCode reads --rego and --lib.
func (b *builder) regoCode() (map[string]any, error) {
	text, err := manifest.ReadText(b.rego, b.env.In)
	if err != nil {
		return nil, err
	}
	source := map[string]any{"rego": text}
	switch b.version {
	case "", "v0":
	case "v1":
		source["version"] = b.version
	default:
		return nil, advice.Errorf("choose v0 or v1", "unknown --rego-version %q", b.version)
	}
	libs := []any{}
	for _, path := range b.libs {
		lib, err := manifest.ReadText(path, b.env.In)
		if err != nil {
			return nil, err
		}
		libs = append(libs, lib)
	}
	if len(libs) > 0 {
		source["libs"] = libs
	}
	return map[string]any{"engine": policy.EngineRego, "source": source}, nil
}

// parameterSchema reads --schema, or builds the schema from --param. Its value
// is nil where there is none.
func (b *builder) parameterSchema() (manifest.Document, error) {
	if b.schema == "" {
		schema, err := b.schemaOfParameters()
		return manifest.New(schema), err
	}
	if len(b.parameters) > 0 {
		return manifest.Document{}, advice.Errorf("give one of the two", "--param and --schema both describe the parameters")
	}
	return manifest.LoadOne(b.schema, b.env.In)
}

func (b *builder) schemaOfParameters() (map[string]any, error) {
	if len(b.parameters) == 0 {
		return nil, nil
	}
	properties := map[string]any{}
	for _, parameter := range b.parameters {
		name, kind, found := strings.Cut(parameter, ":")
		schema, known := typeSchema(kind)
		if !found || !known || name == "" {
			return nil, advice.Errorf("write name:type, such as labels:[]string or max:integer",
				"cannot read --param %q", parameter)
		}
		if _, twice := properties[name]; twice {
			return nil, fmt.Errorf("--param %s is given twice", name)
		}
		properties[name] = schema
	}
	return map[string]any{"type": "object", "properties": properties}, nil
}

func typeSchema(name string) (map[string]any, bool) {
	if element, list := strings.CutPrefix(name, "[]"); list {
		items, known := typeSchema(element)
		return map[string]any{"type": "array", "items": items}, known
	}
	switch name {
	case "string", "integer", "number", "boolean":
		return map[string]any{"type": name}, true
	case "object":
		return map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true}, true
	}
	return nil, false
}

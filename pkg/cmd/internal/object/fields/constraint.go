// Package fields has the flags that describe policy objects, and sets the fields
// that they are for.
package fields

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"
	"sigs.k8s.io/json"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// Constraint are the flags that describe a constraint.
type Constraint struct {
	Env *cli.Env
	// Selector is nil for constraints of one cluster.
	Selector *Selector

	kind        string
	enforcement enforcement
	match       match
	parameters  []string
	file        string
	change      bool
	flags       *pflag.FlagSet
}

var _ object.Builder = (*Constraint)(nil)

// AddFlags registers the flags. The kind of a constraint cannot be changed
// later: the old constraint of Gatekeeper would stay behind.
func (c *Constraint) AddFlags(flags *pflag.FlagSet, change bool) {
	c.flags, c.change = flags, change
	parameter := "A parameter as name=value; the value is JSON or else a text; may be repeated."
	if change {
		parameter = "A parameter as name=value, or name= to remove it; the value is JSON or else a text; may be repeated."
	} else {
		flags.StringVar(&c.kind, "type", "", "The kind of the template, such as K8sRequiredLabels.")
	}
	c.enforcement.addFlags(flags, c.Selector == nil)
	c.match.addFlags(flags, c.Selector == nil)
	flags.StringArrayVar(&c.parameters, "param", nil, parameter)
	flags.StringVar(&c.file, "params-file", "", "A YAML file with all parameters.")
	if c.Selector != nil {
		c.Selector.AddFlags(flags)
	}
}

// Given tells whether any of the flags was used.
func (c *Constraint) Given() bool {
	return anyChanged(c.flags, "type", "param", "params-file") ||
		c.enforcement.given() || c.match.given() || (c.Selector != nil && c.Selector.Given())
}

// New wants --type.
func (c *Constraint) New(noun object.Noun, name string) (manifest.Document, error) {
	if c.kind == "" {
		return manifest.Document{}, advice.Errorf("give --type, for example --type K8sRequiredLabels",
			"the template of constraint %q is missing", name)
	}
	if noun.On == cli.OnGatekeeper {
		return object.Blank(policy.ConstraintAPIVersion, c.kind, name), nil
	}
	document := object.Blank(kubermaticv1.GroupVersion.String(), noun.Kind, name)
	document.Spec()["constraintType"] = c.kind
	return document, nil
}

// Fill sets fields of the constraint's spec, in either form.
func (c *Constraint) Fill(document manifest.Document) (manifest.Document, error) {
	if err := c.enforcement.fill(document); err != nil {
		return document, err
	}
	if err := c.match.fill(document); err != nil {
		return document, err
	}
	if c.Selector != nil {
		if err := c.Selector.Fill(document.Spec()); err != nil {
			return document, err
		}
	}
	return c.fillParameters(document)
}

// fillParameters sets spec.parameters. What comes from --params-file keeps its
// place there, and what --param says has none.
func (c *Constraint) fillParameters(document manifest.Document) (manifest.Document, error) {
	spec := document.Spec()
	if c.file != "" {
		file, err := manifest.LoadOne(c.file, c.Env.In)
		if err != nil {
			return document, fmt.Errorf("reading --params-file: %w", err)
		}
		put(spec, file.Value, "parameters")
		document = document.Graft(file, "spec", "parameters")
	}
	for _, parameter := range c.parameters {
		name, value, err := parseParameter(parameter)
		if err != nil {
			return document, err
		}
		if err := c.setParameter(document, name, value); err != nil {
			return document, object.Explain(document, err)
		}
		document = document.Graft(manifest.New(nil), "spec", "parameters", name)
	}
	return document, nil
}

func (c *Constraint) setParameter(document manifest.Document, name string, value any) error {
	spec := document.Spec()
	values, _ := spec["parameters"].(map[string]any)
	if values == nil {
		values = map[string]any{}
		spec["parameters"] = values
	}
	switch _, raw := values[kubermaticv1.RawJSONParameter]; {
	case raw && name != kubermaticv1.RawJSONParameter && !policy.IsGatekeeper(document.Object()):
		return advice.Wrap(&policy.FieldError{Path: []any{"spec", "parameters", name},
			Problem: "the constraint has " + kubermaticv1.RawJSONParameter + ", which replaces all other parameters"},
			"change rawJSON, or give all parameters anew with --params-file")
	case c.change && value == "":
		delete(values, name)
	default:
		values[name] = value
	}
	put(spec, values, "parameters")
	return nil
}

// parseParameter reads name=value. What rawJSON holds is a text to KKP.
func parseParameter(text string) (string, any, error) {
	name, text, found := strings.Cut(text, "=")
	if !found || name == "" {
		return "", nil, advice.Errorf(`write name=value, such as max=3 or labels=["a","b"]`, "cannot read --param %q", name)
	}
	var value any
	if err := json.UnmarshalCaseSensitivePreserveInts([]byte(text), &value); err != nil {
		value = text
	}
	if _, isText := value.(string); !isText && name == kubermaticv1.RawJSONParameter {
		value = text
	}
	return name, value, nil
}

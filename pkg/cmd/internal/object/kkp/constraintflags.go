package kkp

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

// ConstraintFlags describe a constraint.
type ConstraintFlags struct {
	Env *cli.Env
	// Selector is nil for constraints of one cluster.
	Selector *SelectorFlags

	kind, enforcement string
	match             matchFlags
	parameters        []string
	parametersFile    string
	change            bool
	flags             *pflag.FlagSet
}

var _ object.Builder = (*ConstraintFlags)(nil)

// AddFlags registers the flags. The kind of a constraint cannot be changed
// later: KKP would leave the old Gatekeeper constraint behind.
func (c *ConstraintFlags) AddFlags(flags *pflag.FlagSet, change bool) {
	c.flags, c.change = flags, change
	parameter := "A parameter as name=value; the value is JSON or else a text; may be repeated."
	if change {
		parameter = "A parameter as name=value, or name= to remove it; the value is JSON or else a text; may be repeated."
	} else {
		flags.StringVar(&c.kind, "type", "", "The kind of the template, such as K8sRequiredLabels.")
	}
	flags.StringVar(&c.enforcement, "enforcement", "", "What a violation does: deny (the default), dryrun or warn.")
	cli.Offer(flags, "enforcement", policy.EnforcementActions...)
	c.match.addFlags(flags)
	flags.StringArrayVar(&c.parameters, "param", nil, parameter)
	flags.StringVar(&c.parametersFile, "params-file", "", "A YAML file with all parameters.")
	if c.Selector != nil {
		c.Selector.AddFlags(flags)
	}
}

// Given tells whether any of the flags was used.
func (c *ConstraintFlags) Given() bool {
	return anyChanged(c.flags, "enforcement", "param", "params-file") ||
		(c.flags.Lookup("type") != nil && c.flags.Changed("type")) ||
		c.match.given() || (c.Selector != nil && c.Selector.Given())
}

// New wants --type.
func (c *ConstraintFlags) New(name string) error {
	if c.kind == "" {
		return advice.Errorf("give --type, for example --type K8sRequiredLabels",
			"the template of constraint %q is missing", name)
	}
	return nil
}

// Fill sets fields of the constraint's spec.
func (c *ConstraintFlags) Fill(document manifest.Document) (manifest.Document, error) {
	spec := document.Spec()
	put(spec, orStored(c.kind, spec["constraintType"]), "constraintType")
	if c.flags.Changed("enforcement") {
		put(spec, c.enforcement, "enforcementAction")
	}
	if err := c.match.fill(spec); err != nil {
		return document, err
	}
	if c.Selector != nil {
		if err := c.Selector.Fill(spec); err != nil {
			return document, err
		}
	}
	return c.fillParameters(document)
}

func orStored(given string, stored any) any {
	if given == "" {
		return stored
	}
	return given
}

// fillParameters sets spec.parameters. What comes from --params-file keeps its
// place there, and what --param says has none.
func (c *ConstraintFlags) fillParameters(document manifest.Document) (manifest.Document, error) {
	spec := document.Spec()
	if c.parametersFile != "" {
		file, err := manifest.LoadOne(c.parametersFile, c.Env.In)
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
		if err := c.setParameter(spec, name, value); err != nil {
			return document, object.Explain(document, err)
		}
		document = document.Graft(manifest.New(nil), "spec", "parameters", name)
	}
	return document, nil
}

func (c *ConstraintFlags) setParameter(spec map[string]any, name string, value any) error {
	values, _ := spec["parameters"].(map[string]any)
	if values == nil {
		values = map[string]any{}
		spec["parameters"] = values
	}
	switch _, raw := values[kubermaticv1.RawJSONParameter]; {
	case raw && name != kubermaticv1.RawJSONParameter:
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

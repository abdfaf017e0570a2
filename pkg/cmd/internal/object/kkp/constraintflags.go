package kkp

import (
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
	return document, c.fillParameters(spec)
}

func orStored(given string, stored any) any {
	if given == "" {
		return stored
	}
	return given
}

func (c *ConstraintFlags) fillParameters(spec map[string]any) error {
	if c.parametersFile != "" {
		document, err := manifest.LoadOne(c.parametersFile, c.Env.In)
		if err != nil {
			return err
		}
		put(spec, document.Value, "parameters")
	}
	for _, parameter := range c.parameters {
		name, value, err := parseParameter(parameter)
		if err != nil {
			return err
		}
		values, _ := spec["parameters"].(map[string]any)
		if values == nil {
			values = map[string]any{}
			spec["parameters"] = values
		}
		switch _, raw := values[kubermaticv1.RawJSONParameter]; {
		case raw && name != kubermaticv1.RawJSONParameter:
			return advice.Errorf("change rawJSON, or give all parameters anew with --params-file",
				"setting parameter %q: the constraint has %s, which replaces all other parameters", name, kubermaticv1.RawJSONParameter)
		case c.change && value == "":
			delete(values, name)
		default:
			values[name] = value
		}
		put(spec, values, "parameters")
	}
	return nil
}

// parseParameter reads name=value.
func parseParameter(text string) (string, any, error) {
	name, text, found := strings.Cut(text, "=")
	if !found || name == "" {
		return "", nil, advice.Errorf(`write name=value, such as max=3 or labels=["a","b"]`, "cannot read --param %q", name)
	}
	var value any
	if err := json.UnmarshalCaseSensitivePreserveInts([]byte(text), &value); err != nil {
		value = text
	}
	return name, value, nil
}

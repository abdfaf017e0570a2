package object

import (
	"strings"

	"github.com/spf13/pflag"
	"sigs.k8s.io/json"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// ConstraintFlags describe a constraint, or a Default Constraint with
// Selector.
type ConstraintFlags struct {
	Env *cli.Env
	// Selector is nil for constraints of one cluster.
	Selector *SelectorFlags

	kind, enforcement string
	match             matchFlags
	parameters        []string
	parametersFile    string
}

var _ Builder = (*ConstraintFlags)(nil)

// AddFlags implements Builder.
func (c *ConstraintFlags) AddFlags(flags *pflag.FlagSet) {
	flags.StringVar(&c.kind, "type", "", "The kind of the template, such as K8sRequiredLabels.")
	flags.StringVar(&c.enforcement, "enforcement", "", "What a violation does: deny (the default), dryrun or warn.")
	cli.Offer(flags, "enforcement", policy.EnforcementActions...)
	c.match.addFlags(flags)
	flags.StringArrayVar(&c.parameters, "param", nil, "A parameter as name=value; the value is JSON or else a text; may be repeated.")
	flags.StringVar(&c.parametersFile, "params-file", "", "A YAML file with all parameters.")
	if c.Selector != nil {
		c.Selector.AddFlags(flags)
	}
}

// Given implements Builder.
func (c *ConstraintFlags) Given(flags *pflag.FlagSet) bool {
	return AnyChanged(flags, "type", "enforcement", "param", "params-file") || c.match.given(flags) ||
		(c.Selector != nil && c.Selector.Given(flags))
}

// Build implements Builder.
func (c *ConstraintFlags) Build(name string) (manifest.Document, error) {
	if c.kind == "" {
		return manifest.Document{}, advice.Errorf("give --type, for example --type K8sRequiredLabels",
			"the template of constraint %q is missing", name)
	}
	spec := map[string]any{"constraintType": c.kind}
	if c.enforcement != "" {
		spec["enforcementAction"] = c.enforcement
	}
	match, err := c.match.build()
	if err != nil {
		return manifest.Document{}, err
	}
	if len(match) > 0 {
		spec["match"] = match
	}
	parameters, err := c.parameterValues()
	if err != nil {
		return manifest.Document{}, err
	}
	if len(parameters) > 0 {
		spec["parameters"] = parameters
	}
	if c.Selector != nil {
		selector, err := c.Selector.Selector()
		if err != nil {
			return manifest.Document{}, err
		}
		if selector != nil {
			spec["selector"] = selector
		}
	}
	return manifest.New(map[string]any{
		"apiVersion": kubermaticv1.GroupVersion.String(), "kind": kubermaticv1.KindConstraint,
		"metadata": map[string]any{"name": name}, "spec": spec,
	}), nil
}

// parameterValues joins --params-file and --param; the flag wins.
func (c *ConstraintFlags) parameterValues() (map[string]any, error) {
	values := map[string]any{}
	if c.parametersFile != "" {
		document, err := manifest.LoadOne(c.parametersFile, c.Env.In)
		if err != nil {
			return nil, err
		}
		values = document.Value
	}
	for _, parameter := range c.parameters {
		name, text, found := strings.Cut(parameter, "=")
		if !found || name == "" {
			return nil, advice.Errorf(`write name=value, such as max=3 or labels=["a","b"]`, "cannot read --param %q", parameter)
		}
		var value any
		if err := json.UnmarshalCaseSensitivePreserveInts([]byte(text), &value); err != nil {
			value = text
		}
		values[name] = value
	}
	return values, nil
}

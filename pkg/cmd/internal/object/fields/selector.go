package fields

import (
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// Selector say which user clusters something goes to.
type Selector struct {
	providers []string
	labels    string
	flags     *pflag.FlagSet
}

// AddFlags registers --provider and --cluster-selector.
func (s *Selector) AddFlags(flags *pflag.FlagSet) {
	s.flags = flags
	flags.StringSliceVar(&s.providers, "provider", nil, "Only user clusters of these cloud providers, such as aws,gcp (Enterprise Edition).")
	cli.Offer(flags, "provider", kubermaticv1.ProviderNames...)
	flags.StringVar(&s.labels, "cluster-selector", "", "Only user clusters with these labels, such as env=prod,team in (a,b) (Enterprise Edition).")
}

// Given tells whether one of them was used.
func (s *Selector) Given() bool {
	return anyChanged(s.flags, "provider", "cluster-selector")
}

// Fill sets spec.selector.
func (s *Selector) Fill(spec map[string]any) error {
	if s.flags.Changed("provider") {
		for _, provider := range s.providers {
			if err := policy.CheckProvider(provider); err != nil {
				return advice.Errorf(strings.Join(advice.Next(err), ""), "unknown --provider %q", provider)
			}
		}
		put(spec, toAny(s.providers), "selector", "providers")
	}
	return fillLabels(s.flags, "cluster-selector", s.labels, spec, "selector", "labelSelector")
}

// fillLabels sets the label selector that a flag has in kubectl's text form.
func fillLabels(flags *pflag.FlagSet, flag, text string, spec map[string]any, path ...string) error {
	if !flags.Changed(flag) {
		return nil
	}
	if text == "" {
		put(spec, nil, path...)
		return nil
	}
	if err := cli.CheckLabels("--"+flag, text); err != nil {
		return err
	}
	parsed, err := parseLabels(text)
	if err != nil {
		return advice.Errorf("write it as kubectl get -l takes it, such as env=prod,team in (a,b)", "cannot read --%s %q: %w", flag, text, err)
	}
	value, err := runtime.DefaultUnstructuredConverter.ToUnstructured(parsed)
	put(spec, value, path...)
	return err
}

// anyChanged tells whether one of these flags was used. Not all commands have
// all of them.
func anyChanged(flags *pflag.FlagSet, names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return flags.Lookup(name) != nil && flags.Changed(name) })
}

// put sets a field, and removes it where the value is nothing, with the maps
// around it that are empty then.
func put(within map[string]any, value any, path ...string) {
	if len(path) > 1 {
		inner, _ := within[path[0]].(map[string]any)
		if inner == nil {
			inner = map[string]any{}
		}
		put(inner, value, path[1:]...)
		value = inner
	}
	switch value := value.(type) {
	case nil:
		delete(within, path[0])
		return
	case map[string]any:
		if len(value) == 0 {
			delete(within, path[0])
			return
		}
	case []any:
		if len(value) == 0 {
			delete(within, path[0])
			return
		}
	case string:
		if value == "" {
			delete(within, path[0])
			return
		}
	}
	within[path[0]] = value
}

func toAny(texts []string) []any {
	values := make([]any, len(texts))
	for i, text := range texts {
		values[i] = text
	}
	return values
}

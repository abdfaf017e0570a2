package object

import (
	"slices"
	"strings"

	"github.com/spf13/pflag"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
)

// SelectorFlags say which user clusters an object goes to.
type SelectorFlags struct {
	Providers []string
	Labels    string
}

// AddFlags registers --provider and --cluster-selector.
func (s *SelectorFlags) AddFlags(flags *pflag.FlagSet) {
	flags.StringSliceVar(&s.Providers, "provider", nil, "Only user clusters of these cloud providers, such as aws,gcp (Enterprise Edition).")
	cli.Offer(flags, "provider", kubermaticv1.ProviderNames...)
	flags.StringVar(&s.Labels, "cluster-selector", "", "Only user clusters with these labels, such as env=prod,team in (a,b) (Enterprise Edition).")
}

// Given tells whether any of the flags was used.
func (s *SelectorFlags) Given(flags *pflag.FlagSet) bool {
	return AnyChanged(flags, "provider", "cluster-selector")
}

// Selector returns spec.selector as an object has it, nil where no flag was
// used.
func (s *SelectorFlags) Selector() (map[string]any, error) {
	selector := map[string]any{}
	for _, provider := range s.Providers {
		if !slices.Contains(kubermaticv1.ProviderNames, provider) {
			return nil, advice.Errorf("KKP knows "+strings.Join(kubermaticv1.ProviderNames, ", "), "unknown --provider %q", provider)
		}
	}
	if len(s.Providers) > 0 {
		selector["providers"] = toAny(s.Providers)
	}
	if s.Labels != "" {
		labels, err := LabelSelector("--cluster-selector", s.Labels)
		if err != nil {
			return nil, err
		}
		selector["labelSelector"] = labels
	}
	if len(selector) == 0 {
		return nil, nil
	}
	return selector, nil
}

// LabelSelector parses kubectl's syntax of selectors into the form that
// objects have; flag is named in the error.
func LabelSelector(flag, text string) (map[string]any, error) {
	parsed, err := metav1.ParseToLabelSelector(text)
	if err != nil {
		return nil, advice.Errorf("write it as kubectl get -l takes it, such as env=prod,team in (a,b)", "cannot read %s %q: %w", flag, text, err)
	}
	return runtime.DefaultUnstructuredConverter.ToUnstructured(parsed)
}

// AnyChanged tells whether the user gave one of these flags.
func AnyChanged(flags *pflag.FlagSet, names ...string) bool {
	return slices.ContainsFunc(names, flags.Changed)
}

func toAny(texts []string) []any {
	values := make([]any, len(texts))
	for i, text := range texts {
		values[i] = text
	}
	return values
}

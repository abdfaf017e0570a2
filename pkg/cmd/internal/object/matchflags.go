package object

import (
	"strings"

	"github.com/spf13/pflag"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// matchFlags say which objects a constraint looks at.
type matchFlags struct {
	kinds, namespaces, excluded    []string
	scope, labels, namespaceLabels string
}

func (m *matchFlags) addFlags(flags *pflag.FlagSet) {
	flags.StringSliceVar(&m.kinds, "match-kind", nil, "Objects of this [group/]Kind, such as Pod, apps/Deployment or */*; may be repeated.")
	flags.StringSliceVar(&m.namespaces, "match-namespace", nil, "Only objects in these namespaces; * at an end is a wildcard.")
	flags.StringSliceVar(&m.excluded, "exclude-namespace", nil, "No objects in these namespaces; * at an end is a wildcard.")
	flags.StringVar(&m.scope, "scope", "", "Cluster, Namespaced or * (the default).")
	cli.Offer(flags, "scope", policy.Scopes...)
	flags.StringVar(&m.labels, "selector", "", "Only objects with these labels, such as app=web.")
	flags.StringVar(&m.namespaceLabels, "namespace-selector", "", "Only objects in namespaces with these labels.")
}

func (m *matchFlags) given(flags *pflag.FlagSet) bool {
	return AnyChanged(flags, "match-kind", "match-namespace", "exclude-namespace", "scope", "selector", "namespace-selector")
}

// build makes spec.match, empty where no flag was used.
func (m *matchFlags) build() (map[string]any, error) {
	match := map[string]any{}
	kinds := []any{}
	for _, text := range m.kinds {
		group, kind, found := strings.Cut(text, "/")
		if !found {
			group, kind = "", text
		}
		if kind == "" {
			return nil, advice.Errorf("write [group/]Kind, such as apps/Deployment", "cannot read --match-kind %q", text)
		}
		kinds = append(kinds, map[string]any{"apiGroups": []any{group}, "kinds": []any{kind}})
	}
	if len(kinds) > 0 {
		match["kinds"] = kinds
	}
	if len(m.namespaces) > 0 {
		match["namespaces"] = toAny(m.namespaces)
	}
	if len(m.excluded) > 0 {
		match["excludedNamespaces"] = toAny(m.excluded)
	}
	if m.scope != "" {
		match["scope"] = m.scope
	}
	for _, selector := range []struct{ flag, field, text string }{
		{"--selector", "labelSelector", m.labels},
		{"--namespace-selector", "namespaceSelector", m.namespaceLabels},
	} {
		if selector.text == "" {
			continue
		}
		parsed, err := LabelSelector(selector.flag, selector.text)
		if err != nil {
			return nil, err
		}
		match[selector.field] = parsed
	}
	return match, nil
}

package fields

import (
	"strings"

	"github.com/spf13/pflag"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// match say which objects a constraint looks at.
type match struct {
	kinds, namespaces, excluded    []string
	scope, labels, namespaceLabels string
	name, source                   string
	flags                          *pflag.FlagSet
}

// Sources are what Gatekeeper's match knows as the source of an object.
var sources = []string{"All", "Original", "Generated"}

// addFlags registers the flags; some are for Gatekeeper's own constraints only.
func (m *match) addFlags(flags *pflag.FlagSet, gatekeeper bool) {
	m.flags = flags
	flags.StringSliceVar(&m.kinds, "match-kind", nil, "Objects of this [group/]Kind, such as Pod, apps/Deployment or */*; may be repeated.")
	flags.StringSliceVar(&m.namespaces, "match-namespace", nil, "Only objects in these namespaces; * at an end is a wildcard.")
	flags.StringSliceVar(&m.excluded, "exclude-namespace", nil, "No objects in these namespaces; * at an end is a wildcard.")
	flags.StringVar(&m.scope, "scope", "", "Cluster, Namespaced or * (the default).")
	cli.Offer(flags, "scope", policy.Scopes...)
	flags.StringVar(&m.labels, "selector", "", "Only objects with these labels, such as app=web.")
	flags.StringVar(&m.namespaceLabels, "namespace-selector", "", "Only objects in namespaces with these labels.")
	if gatekeeper {
		flags.StringVar(&m.name, "match-name", "", "Only objects of this name, with * at an end as a wildcard (not on KKP).")
		flags.StringVar(&m.source, "source", "", "Original for objects as they are sent, Generated for those that are expanded from them, or All (not on KKP).")
		cli.Offer(flags, "source", sources...)
	}
}

func (m *match) given() bool {
	return anyChanged(m.flags, "match-kind", "match-namespace", "exclude-namespace", "scope", "selector", "namespace-selector",
		"match-name", "source")
}

// fill sets fields of spec.match.
func (m *match) fill(document manifest.Document) error {
	spec := document.Spec()
	for flag, to := range map[string]struct{ field, value string }{"match-name": {"name", m.name}, "source": {"source", m.source}} {
		if !anyChanged(m.flags, flag) {
			continue
		}
		if !policy.IsGatekeeper(document.Object()) {
			return notOnKKP("--"+flag, "match."+to.field)
		}
		put(spec, to.value, "match", to.field)
	}
	if m.flags.Changed("match-kind") {
		kinds, err := matchKinds(m.kinds)
		if err != nil {
			return err
		}
		put(spec, kinds, "match", "kinds")
	}
	if m.flags.Changed("match-namespace") {
		put(spec, toAny(m.namespaces), "match", "namespaces")
	}
	if m.flags.Changed("exclude-namespace") {
		put(spec, toAny(m.excluded), "match", "excludedNamespaces")
	}
	if m.flags.Changed("scope") {
		put(spec, m.scope, "match", "scope")
	}
	if err := fillLabels(m.flags, "selector", m.labels, spec, "match", "labelSelector"); err != nil {
		return err
	}
	return fillLabels(m.flags, "namespace-selector", m.namespaceLabels, spec, "match", "namespaceSelector")
}

func matchKinds(texts []string) ([]any, error) {
	kinds := []any{}
	for _, text := range texts {
		group, kind, found := strings.Cut(text, "/")
		if !found {
			group, kind = "", text
		}
		if kind == "" {
			return nil, advice.Errorf("write [group/]Kind, such as apps/Deployment", "cannot read --match-kind %q", text)
		}
		kinds = append(kinds, map[string]any{"apiGroups": []any{group}, "kinds": []any{kind}})
	}
	return kinds, nil
}

package policy_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// TestCheckConstraint holds what API servers and Gatekeeper refuse, or take
// without a word for nothing.
func TestCheckConstraint(t *testing.T) {
	const wanted = ", want lower-case letters, digits, - and . only, a letter or digit at both ends, and at most 253 of them"
	named := func(name string) string { return "{metadata: {name: " + name + "}, spec: {constraintType: K}}" }
	with := func(spec string) string { return "{metadata: {name: c}, spec: {constraintType: K, " + spec + "}}" }
	for name, tc := range map[string]struct{ in, want string }{
		"a name":                 {named("a-1.b"), ""},
		"the longest name":       {named(strings.Repeat("a", 63)), ""},
		"a longer name":          {named(strings.Repeat("a", 64)), "metadata.name: has 64 letters: Gatekeeper takes at most 63"},
		"upper case":             {named("Team"), `metadata.name: is "Team"` + wanted},
		"a hyphen at the end":    {named("team-"), `metadata.name: is "team-"` + wanted},
		"namespaces":             {with("match: {namespaces: [a, '*-b', 'kube-*'], excludedNamespaces: [c]}"), ""},
		"wrong namespaces":       {with("match: {namespaces: [a, B]}"), `spec.match.namespaces[1]: is "B", want lower-case letters, digits and -, with * at the ends only`},
		"wrong, and excluded":    {with("match: {excludedNamespaces: ['a*b', c]}"), `spec.match.excludedNamespaces[0]: is "a*b", want lower-case letters, digits and -, with * at the ends only`},
		"a provider":             {with("selector: {providers: [aws]}"), ""},
		"an unknown provider":    {with("selector: {providers: [aws, amazon]}"), `spec.selector.providers[1]: unknown provider "amazon"`},
		"a provider without one": {with("selector: {providers: ['']}"), `spec.selector.providers[0]: unknown provider ""`},
	} {
		t.Run(name, func(t *testing.T) {
			err := policy.CheckConstraint(readConstraint(t, typed(t, "kubermatic.k8c.io/v1", "Constraint", tc.in)))
			if diff := cmp.Diff(tc.want, text(err)); diff != "" {
				t.Error(diff)
			}
			if next := advice.Next(err); strings.Contains(tc.want, "provider") && (len(next) != 1 || !strings.HasPrefix(next[0], "KKP knows ")) {
				t.Errorf("next %q", next)
			}
		})
	}
}

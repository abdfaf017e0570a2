package leastrbac_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/leastrbac"
)

// asked answers for one user.
type asked func(rule leastrbac.Rule) (bool, string, error)

// Allowed implements leastrbac.Authorizer.
func (a asked) Allowed(_ context.Context, rule leastrbac.Rule) (bool, string, error) { return a(rule) }

func TestCheck(t *testing.T) {
	all := []leastrbac.Rule{}
	for _, namespace := range strings.Split("abcdefghijklmnopqrstuvwxyz", "") {
		all = append(all, leastrbac.Rule{Verb: "list", Resource: pods, Namespace: namespace})
	}
	rules := leastrbac.NewRules(all...)
	verdicts, err := rules.Check(t.Context(), asked(func(rule leastrbac.Rule) (bool, string, error) {
		return rule.Namespace < "k", "because " + rule.Namespace, nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	for i, verdict := range verdicts {
		namespace := rules[i].Namespace
		want := leastrbac.Verdict{Rule: rules[i], Allowed: namespace < "k", Reason: "because " + namespace}
		if diff := cmp.Diff(want, verdict); diff != "" {
			t.Error(diff)
		}
	}
	lost := errors.New("no answer")
	verdicts, err = rules.Check(t.Context(), asked(func(rule leastrbac.Rule) (bool, string, error) {
		if rule.Namespace == "q" {
			return true, "", lost
		}
		return true, "", nil
	}))
	if !errors.Is(err, lost) || verdicts != nil {
		t.Errorf("%v, %v", verdicts, err)
	}
}

func TestSubject(t *testing.T) {
	for name, tc := range map[string]struct {
		subject leastrbac.Subject
		want    string
	}{
		"fine":            {subject, ""},
		"a role's colons": {leastrbac.Subject{Name: "opa:reader", ServiceAccount: "a.b", Namespace: "c"}, ""},
		"a role's slash":  {leastrbac.Subject{Name: "a/b", ServiceAccount: "a", Namespace: "c"}, `"a/b" is no name for roles: may not contain '/'`},
		"no account":      {leastrbac.Subject{Name: "a", Namespace: "c"}, "the name of a ServiceAccount may not be empty"},
		"an account":      {leastrbac.Subject{Name: "a", ServiceAccount: "A", Namespace: "c"}, `"A" is no name of a ServiceAccount: a lowercase RFC 1123 subdomain`},
		"a namespace":     {leastrbac.Subject{Name: "a", ServiceAccount: "a", Namespace: "c.d"}, `"c.d" is no namespace: must not contain dots`},
	} {
		text := ""
		if err := tc.subject.Check(); err != nil {
			text = err.Error()
		}
		if !strings.HasPrefix(text, tc.want) || (text == "") != (tc.want == "") {
			t.Errorf("%s: %q", name, text)
		}
	}
}

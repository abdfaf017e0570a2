package fields

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestMatchFlags fills both forms of a constraint that looked at some Pods.
func TestMatchFlags(t *testing.T) {
	const onlyThere = ", its API server would drop it without a word|leave it out; on a cluster with Gatekeeper, or on one user cluster by hand, use --platform gatekeeper"
	kind := func(group, kind string) any {
		return map[string]any{"apiGroups": []any{group}, "kinds": []any{kind}}
	}
	labels := func(key, value string) map[string]any {
		return map[string]any{"matchLabels": map[string]any{key: value}}
	}
	before := func() map[string]any {
		return map[string]any{"match": map[string]any{"namespaces": []any{"a"}}, "parameters": map[string]any{}}
	}
	with := func(fields map[string]any) map[string]any {
		return map[string]any{"match": fields, "parameters": map[string]any{}}
	}
	everything := []string{
		"--match-kind=Pod,apps/Deployment", "--match-kind=*/*", "--match-namespace=b,c*", "--exclude-namespace=d", "--scope=Namespaced",
		"--selector=e=f", "--namespace-selector=g=h",
	}
	all := func() map[string]any {
		return map[string]any{
			"kinds": []any{kind("", "Pod"), kind("apps", "Deployment"), kind("*", "*")}, "namespaces": []any{"b", "c*"},
			"excludedNamespaces": []any{"d"}, "scope": "Namespaced", "labelSelector": labels("e", "f"), "namespaceSelector": labels("g", "h"),
		}
	}
	more := all()
	more["name"], more["source"] = "web-*", "Original"
	for name, tc := range map[string]struct {
		form   map[string]any
		args   []string
		want   map[string]any
		failed string
	}{
		"nothing":               {onGatekeeper, nil, before(), ""},
		"everything":            {onGatekeeper, append([]string{"--match-name=web-*", "--source=Original"}, everything...), with(more), ""},
		"everything, on KKP":    {onKKP, everything, with(all()), ""},
		"taken away":            {onGatekeeper, []string{"--match-namespace=", "--scope=", "--selector=", "--match-name="}, map[string]any{"parameters": map[string]any{}}, ""},
		"a name, on KKP":        {onKKP, []string{"--match-name=web"}, nil, "--match-name: KKP's Constraint has no match.name" + onlyThere},
		"a source, on KKP":      {onKKP, []string{"--source=All"}, nil, "--source: KKP's Constraint has no match.source" + onlyThere},
		"a group without kinds": {onKKP, []string{"--match-kind=apps/"}, nil, `cannot read --match-kind "apps/"|write [group/]Kind, such as apps/Deployment`},
		"a size":                {onGatekeeper, []string{"--selector=a>3"}, nil, `cannot read --selector "a>3": label selectors have no "gt"|write it as kubectl get -l takes it, such as env=prod,team in (a,b)`},
	} {
		t.Run(name, func(t *testing.T) {
			got, failed := filled(t, &match{}, tc.form, before(), tc.args...)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tc.failed, failed); diff != "" {
				t.Error(diff)
			}
		})
	}
}

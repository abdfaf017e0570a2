package policy_test

import (
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

func TestEqualSpec(t *testing.T) {
	for name, tc := range map[string]struct {
		a, b string
		want bool
	}{
		"nothing":       {"{}", "{}", true},
		"the same":      {"{constraintType: K, disabled: true}", "{disabled: true, constraintType: K}", true},
		"another kind":  {"{constraintType: K}", "{constraintType: L}", false},
		"disabled":      {"{disabled: true}", "{}", false},
		"not disabled":  {"{disabled: false}", "{}", true},
		"absent action": {"{enforcementAction: deny}", "{}", true},
		"empty action":  {`{enforcementAction: ""}`, "{enforcementAction: deny}", true},
		"other action":  {"{enforcementAction: warn}", "{}", false},
		"what a copy gains": {
			"{constraintType: K, match: {kinds: [{apiGroups: [''], kinds: [Pod]}]}}",
			"{constraintType: K, match: {kinds: [{apiGroups: [''], kinds: [Pod]}], labelSelector: {}, namespaceSelector: {}}, selector: {labelSelector: {}}}",
			true,
		},
		"a match of nothing":              {"{match: {labelSelector: {matchLabels: {}}, kinds: [], namespaces: []}}", "{}", true},
		"a selector of nothing":           {"{selector: {providers: [], labelSelector: {matchExpressions: []}}}", "{selector: {}}", true},
		"label selector":                  {"{match: {labelSelector: {matchLabels: {a: b}}}}", "{match: {labelSelector: {}}}", false},
		"namespace selector":              {"{match: {namespaceSelector: {matchLabels: {a: b}}}}", "{}", false},
		"cluster selector":                {"{selector: {labelSelector: {matchLabels: {a: b}}}}", "{}", false},
		"providers":                       {"{selector: {providers: [aws]}}", "{}", false},
		"order of providers":              {"{selector: {providers: [aws, gcp]}}", "{selector: {providers: [gcp, aws]}}", false},
		"scope":                           {"{match: {scope: Namespaced}}", "{}", false},
		"every scope":                     {"{match: {scope: '*'}}", "{}", true},
		"order of kinds":                  {"{match: {kinds: [{kinds: [A, B]}]}}", "{match: {kinds: [{kinds: [B, A]}]}}", false},
		"excluded namespaces":             {"{match: {excludedNamespaces: [a]}}", "{match: {namespaces: [a]}}", false},
		"empty parameters":                {"{parameters: {}}", "{}", true},
		"order of keys in parameters":     {`{parameters: {o: {"a": 1, "b": 2}}}`, `{parameters: {o: {"b": 2, "a": 1}}}`, true},
		"order of lists in parameters":    {"{parameters: {l: [a, b]}}", "{parameters: {l: [b, a]}}", false},
		"whole numbers":                   {`{parameters: {rawJSON: '{"n": [{"x": 1}]}'}}`, `{parameters: {rawJSON: '{"n": [{"x": 1.0}]}'}}`, true},
		"whole numbers of many bits":      {`{parameters: {rawJSON: '{"n": 4503599627370496}'}}`, `{parameters: {rawJSON: '{"n": 4503599627370496.0}'}}`, true},
		"large numbers":                   {"{parameters: {n: 9007199254740993}}", "{parameters: {n: 9007199254740992}}", false},
		"number and text":                 {"{parameters: {n: 1}}", "{parameters: {n: '1'}}", false},
		"an empty list is a parameter":    {"{parameters: {l: []}}", "{}", false},
		"an empty list and null":          {"{parameters: {l: []}}", "{parameters: {l: null}}", false},
		"rawJSON is what it holds":        {`{parameters: {rawJSON: '{"a": 1}'}}`, "{parameters: {a: 1}}", true},
		"rawJSON takes all others' place": {`{parameters: {rawJSON: '{"a": 1}', b: 2}}`, `{parameters: {rawJSON: '{ "a":1 }'}}`, true},
		"rawJSON differs":                 {`{parameters: {rawJSON: '{"a": 1}'}}`, `{parameters: {rawJSON: '{"a": 2}'}}`, false},
		"rawJSON that is wrong":           {"{parameters: {rawJSON: [1]}}", "{parameters: {rawJSON: [2]}}", false},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := spec(t, tc.a), spec(t, tc.b)
			if policy.EqualSpec(a, b) != tc.want || policy.EqualSpec(b, a) != tc.want {
				t.Errorf("EqualSpec(%s, %s): want %v both ways", tc.a, tc.b, tc.want)
			}
		})
	}
}

// TestEqualSpecOfNoJSON compares what no API server can hold as it stands.
func TestEqualSpecOfNoJSON(t *testing.T) {
	broken := func(text string) kubermaticv1.ConstraintSpec {
		return kubermaticv1.ConstraintSpec{Parameters: map[string]apiextensionsv1.JSON{"a": {Raw: []byte(text)}}}
	}
	if !policy.EqualSpec(broken("{"), broken("{")) || policy.EqualSpec(broken("{"), broken("[")) {
		t.Error("want what is no JSON compared byte by byte")
	}
}

// TestEqualSpecLeavesItsArgumentsAlone shows that no shared value is changed.
func TestEqualSpecLeavesItsArgumentsAlone(t *testing.T) {
	a := spec(t, "{match: {}, selector: {}}")
	policy.EqualSpec(a, a)
	if a.EnforcementAction != "" || a.Match == nil || a.Match.LabelSelector != nil || a.Selector.LabelSelector != nil {
		t.Errorf("changed to %+v", a)
	}
}

func spec(t *testing.T, text string) (s kubermaticv1.ConstraintSpec) {
	t.Helper()
	if err := yaml.UnmarshalStrict([]byte(text), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

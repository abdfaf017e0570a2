package policy_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

func TestTooNew(t *testing.T) {
	code := func(engine, source string) kubermaticv1.Code {
		return kubermaticv1.Code{Engine: engine, Source: apiextensionsv1.JSON{Raw: []byte(source)}}
	}
	for name, tc := range map[string]struct {
		codes []kubermaticv1.Code
		want  []string
	}{
		"v0":        {codes: []kubermaticv1.Code{code("Rego", `{"rego":"x"}`)}},
		"v0 named":  {codes: []kubermaticv1.Code{code("Rego", `{"rego":"x","version":"v0"}`)}},
		"both":      {codes: []kubermaticv1.Code{code("K8sNativeValidation", `{}`), code("Rego", `{"rego":"x"}`)}},
		"no object": {codes: []kubermaticv1.Code{code("Rego", `3`)}},
		"v1": {
			codes: []kubermaticv1.Code{code("K8sNativeValidation", `{}`), code("Rego", `{"version":"v1"}`)},
			want:  []string{"spec.targets[0].code[1].source.version"},
		},
		"CEL": {
			codes: []kubermaticv1.Code{code("K8sNativeValidation", `{"version":"v1"}`)},
			want:  []string{"spec.targets[0].code[0].engine"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			template := &kubermaticv1.ConstraintTemplate{}
			template.Spec.Targets = []kubermaticv1.Target{{Code: tc.codes}}
			var got []string
			for _, note := range policy.TooNew(template) {
				got = append(got, policy.PathString(note.Path))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

package policy_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

const (
	kkpConstraint = "apiVersion: kubermatic.k8c.io/v1\nkind: Constraint\n"
	kkpTemplate   = "apiVersion: kubermatic.k8c.io/v1\nkind: ConstraintTemplate\n"
)

// typed reads the fields of an object, and says what it is.
func typed(t *testing.T, apiVersion, kind, fields string) *unstructured.Unstructured {
	t.Helper()
	read := object(t, "{apiVersion: "+apiVersion+", kind: "+kind+", fields: "+fields+"}")
	maps.Copy(read.Object, read.Object["fields"].(map[string]any))
	delete(read.Object, "fields")
	return read
}

// TestExportConstraint holds what a plain Gatekeeper cluster gets.
func TestExportConstraint(t *testing.T) {
	for name, tc := range map[string]struct{ in, want string }{
		"smallest": {
			in:   `{metadata: {name: c}, spec: {constraintType: K}}`,
			want: `{metadata: {name: c}, spec: {}}`,
		},
		"labels and annotations stay, what the server and kubectl wrote goes": {
			in: `{metadata: {name: c, namespace: cluster-x, labels: {a: b}, finalizers: [f], ownerReferences: [{name: o, kind: K, apiVersion: v1, uid: u}],
			  resourceVersion: "7", annotations: {c: d, kubectl.kubernetes.io/last-applied-configuration: "{}", kubectl-opa/other: x}}, spec: {constraintType: K}}`,
			want: `{metadata: {name: c, labels: {a: b}, annotations: {c: d, kubectl-opa/namespace: cluster-x}}, spec: {}}`,
		},
		"empty selectors go, others stay": {
			in:   `{metadata: {name: c}, spec: {constraintType: K, match: {labelSelector: {}, namespaceSelector: {matchLabels: {a: b}}, scope: Cluster}}}`,
			want: `{metadata: {name: c, annotations: {kubectl-opa/empty-selectors: labelSelector}}, spec: {match: {namespaceSelector: {matchLabels: {a: b}}, scope: Cluster}}}`,
		},
		"both empty": {
			in:   `{metadata: {name: c}, spec: {constraintType: K, match: {labelSelector: {}, namespaceSelector: {}}}}`,
			want: `{metadata: {name: c, annotations: {kubectl-opa/empty-selectors: "labelSelector,namespaceSelector"}}, spec: {match: {}}}`,
		},
		"rawJSON is unfolded": {
			in: `{metadata: {name: c}, spec: {constraintType: K, enforcementAction: warn, parameters: {other: 1, rawJSON: '{"labels":["<a>"], "m":9007199254740993}'}}}`,
			want: `{metadata: {name: c, annotations: {kubectl-opa/parameters: '{"other":1,"rawJSON":"{\"labels\":[\"\u003ca\u003e\"], \"m\":9007199254740993}"}'}},
			  spec: {enforcementAction: warn, parameters: {labels: [<a>], m: 9007199254740993}}}`,
		},
		"what only KKP knows": {
			in: `{metadata: {name: c, namespace: kubermatic}, spec: {constraintType: K, disabled: true, parameters: {}, selector: {providers: [aws], labelSelector: {matchLabels: {a: b}}}}}`,
			want: `{metadata: {name: c, annotations: {kubectl-opa/namespace: kubermatic, kubectl-opa/disabled: "true",
			  kubectl-opa/selector: '{"providers":["aws"],"labelSelector":{"matchLabels":{"a":"b"}}}'}}, spec: {}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			constraint, _, err := policy.ReadConstraint(typed(t, "kubermatic.k8c.io/v1", "Constraint", tc.in))
			if err != nil {
				t.Fatal(err)
			}
			got, err := policy.ExportConstraint(constraint)
			if err != nil {
				t.Fatal(err)
			}
			want := typed(t, "constraints.gatekeeper.sh/v1beta1", "K", tc.want)
			if diff := cmp.Diff(want.Object, got.Object); diff != "" {
				t.Error(diff)
			}
			if errs := validation.ValidateAnnotations(got.GetAnnotations(), field.NewPath("metadata")); len(errs) > 0 {
				t.Error(errs.ToAggregate())
			}
		})
	}
}

func TestExportTemplate(t *testing.T) {
	template, _, err := policy.ReadTemplate(object(t, kkpTemplate+`
metadata: {name: k, labels: {a: b}, annotations: {metadata.gatekeeper.sh/requires-sync-data: x, kubectl-opa/disabled: "true"}, resourceVersion: "1"}
spec:
  crd: {spec: {names: {kind: K}, validation: {legacySchema: false, openAPIV3Schema: {type: object}}}}
  targets: [{target: t, rego: x}]
  selector: {providers: [aws]}
`))
	if err != nil {
		t.Fatal(err)
	}
	got, err := policy.ExportTemplate(template)
	if err != nil {
		t.Fatal(err)
	}
	want := object(t, `
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: k, labels: {a: b}, annotations: {metadata.gatekeeper.sh/requires-sync-data: x, kubectl-opa/selector: '{"providers":["aws"]}'}}
spec:
  crd: {spec: {names: {kind: K}, validation: {legacySchema: false, openAPIV3Schema: {type: object}}}}
  targets: [{target: t, rego: x}]
`)
	if diff := cmp.Diff(want.Object, got.Object); diff != "" {
		t.Error(diff)
	}
}

func TestExportErrors(t *testing.T) {
	for name, tc := range map[string]struct{ spec, want string }{
		"no name":       {"metadata: {}\nspec: {constraintType: K}", "metadata.name: missing"},
		"no type":       {"metadata: {name: c}\nspec: {}", "spec.constraintType: missing: KKP does not sync the constraint"},
		"rawJSON a map": {"metadata: {name: c}\nspec: {constraintType: K, parameters: {rawJSON: {}}}", "spec.parameters.rawJSON: want a text that holds a JSON object: KKP does not sync the constraint otherwise"},
	} {
		t.Run(name, func(t *testing.T) {
			constraint, _, err := policy.ReadConstraint(object(t, kkpConstraint+tc.spec))
			if err != nil {
				t.Fatal(err)
			}
			_, err = policy.ExportConstraint(constraint)
			if diff := cmp.Diff(tc.want, text(err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestExportOfLongParameters wants an object that the API server takes: where
// the annotations get too long, the form of the parameters is given up.
func TestExportOfLongParameters(t *testing.T) {
	constraint, _, err := policy.ReadConstraint(object(t, kkpConstraint+"metadata: {name: c}\nspec: {constraintType: K, parameters: {rawJSON: '"+
		`{"long":"`+strings.Repeat("x", 300*1024)+`"}`+"'}}"))
	if err != nil {
		t.Fatal(err)
	}
	exported, err := policy.ExportConstraint(constraint)
	if err != nil {
		t.Fatal(err)
	}
	if errs := validation.ValidateAnnotations(exported.GetAnnotations(), field.NewPath("metadata")); len(errs) > 0 {
		t.Error(errs.ToAggregate())
	}
	back, _, err := policy.ImportConstraint(exported)
	if err != nil {
		t.Fatal(err)
	}
	if got := len(back.Spec.Parameters["long"].Raw); got != 300*1024+2 {
		t.Errorf("the parameter has %d characters", got)
	}
}

// TestExportFillsTheAnnotations wants the form of the parameters kept as long as
// Kubernetes takes the annotations.
func TestExportFillsTheAnnotations(t *testing.T) {
	sizeOf := func(annotations map[string]string) (size int) {
		for key, value := range annotations {
			size += len(key) + len(value)
		}
		return size
	}
	export := func(filler string) map[string]string {
		constraint := readConstraint(t, typed(t, "kubermatic.k8c.io/v1", "Constraint", `{metadata: {name: c}, spec: {constraintType: K, parameters: {rawJSON: '{"a":1}'}}}`))
		constraint.Annotations = map[string]string{"filler": filler}
		exported, err := policy.ExportConstraint(constraint)
		if err != nil {
			t.Fatal(err)
		}
		return exported.GetAnnotations()
	}
	room := validation.TotalAnnotationSizeLimitB - sizeOf(export(""))
	const key, value = "kubectl-opa/parameters", `{"rawJSON":"{\"a\":1}"}`
	for _, tc := range []struct {
		filler string
		want   map[string]string
	}{
		{strings.Repeat("x", room), map[string]string{"filler": strings.Repeat("x", room), key: value}},
		{strings.Repeat("x", room+1), map[string]string{"filler": strings.Repeat("x", room+1)}},
	} {
		got := export(tc.filler)
		if !maps.Equal(tc.want, got) {
			t.Errorf("a filler of %d, room for %d: found %q", len(tc.filler), room, slices.Sorted(maps.Keys(got)))
		}
		if errs := validation.ValidateAnnotationsSize(got); errs != nil {
			t.Error(errs)
		}
	}
}

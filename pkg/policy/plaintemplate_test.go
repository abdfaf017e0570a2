package policy_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// TestPlainTemplate holds what is applied to a cluster with Gatekeeper.
func TestPlainTemplate(t *testing.T) {
	const (
		gatekeeper, kkp = "templates.gatekeeper.sh/", "kubermatic.k8c.io/v1"
		targets         = "targets: [{target: admission.k8s.gatekeeper.sh, rego: x, later: 1}]"
		schemaPath      = "spec.crd.spec.validation.openAPIV3Schema"
		missing         = " was missing: Gatekeeper refuses the template without it"
		legacyPath      = "spec.crd.spec.validation | legacySchema: true was added: it is the default of templates.gatekeeper.sh/"
	)
	crd := func(validation string) string {
		return "crd: {spec: {names: {kind: K8sA}" + validation + "}}, " + targets
	}
	legacy := crd(", validation: {legacySchema: true}")
	for name, tc := range map[string]struct {
		apiVersion, in, want string
		notes                []string
	}{
		"as it is, with a field that only newer versions know": {
			gatekeeper + "v1", "{metadata: {name: k8sa, labels: {a: b, default: x}, annotations: {c: d}}, spec: {" + crd("") + "}, later: {}}",
			"{metadata: {name: k8sa, labels: {a: b, default: x}, annotations: {c: d}}, spec: {" + crd("") + "}, later: {}}", nil,
		},
		"as the server has it": {
			gatekeeper + "v1", `{metadata: {name: k8sa, uid: u, generation: 3, resourceVersion: "7", managedFields: []}, spec: {` + crd("") + "}, status: {created: true}}",
			`{metadata: {name: k8sa, resourceVersion: "7"}, spec: {` + crd("") + "}}", nil,
		},
		"v1beta1": {
			gatekeeper + "v1beta1", "{metadata: {name: k8sa}, spec: {" + crd("") + "}}", "{metadata: {name: k8sa}, spec: {" + legacy + "}}",
			[]string{legacyPath + "v1beta1, and v1 is applied"},
		},
		"v1alpha1, with a schema that gets no types then": {
			gatekeeper + "v1alpha1", "{metadata: {name: k8sa}, spec: {" + crd(", validation: {openAPIV3Schema: {properties: {}}}") + "}}",
			"{metadata: {name: k8sa}, spec: {" + crd(", validation: {legacySchema: true, openAPIV3Schema: {properties: {}}}") + "}}",
			[]string{legacyPath + "v1alpha1, and v1 is applied"},
		},
		"v1beta1 that says it": {
			gatekeeper + "v1beta1", "{metadata: {name: k8sa}, spec: {" + crd(", validation: {legacySchema: false}") + "}}",
			"{metadata: {name: k8sa}, spec: {" + crd(", validation: {legacySchema: false}") + "}}", nil,
		},
		"a schema without types": {
			gatekeeper + "v1", "{metadata: {name: k8sa}, spec: {" + crd(", validation: {openAPIV3Schema: {maximum: 12345678901, properties: {a: {items: {type: string}}}}}") + "}}",
			"{metadata: {name: k8sa}, spec: {" + crd(", validation: {openAPIV3Schema: {type: object, maximum: 12345678901, properties: {a: {type: array, items: {type: string}}}}}") + "}}",
			[]string{schemaPath + " | type: object" + missing, schemaPath + ".properties.a | type: array" + missing},
		},
		"KKP's": {
			kkp, "{metadata: {name: k8sa}, spec: {" + crd("") + "}}", "{metadata: {name: k8sa}, spec: {" + crd("") + "}}", nil,
		},
		"KKP's for some clusters": {
			kkp, "{metadata: {name: k8sa, labels: {a: b}}, spec: {selector: {providers: [aws]}, " + crd("") + "}}",
			"{metadata: {name: k8sa, labels: {a: b}}, spec: {" + crd("") + "}}",
			[]string{"spec.selector | left out: it selects KKP's user clusters, and this is for one cluster"},
		},
		"KKP's for all clusters, without types": {
			kkp, "{metadata: {name: k8sa}, spec: {selector: {labelSelector: {}, providers: []}, " + crd(", validation: {openAPIV3Schema: {}}") + "}}",
			"{metadata: {name: k8sa}, spec: {" + crd(", validation: {openAPIV3Schema: {type: object}}") + "}}",
			[]string{schemaPath + " | type: object" + missing},
		},
	} {
		t.Run(name, func(t *testing.T) {
			in := typed(t, tc.apiVersion, "ConstraintTemplate", tc.in)
			before := in.DeepCopy()
			got, notes, err := policy.PlainTemplate(in)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(typed(t, gatekeeper+"v1", "ConstraintTemplate", tc.want).Object, got.Object); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tc.notes, lines(notes)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(before.Object, in.Object); diff != "" {
				t.Errorf("the input was changed: %s", diff)
			}
		})
	}
}

func TestPlainTemplateErrors(t *testing.T) {
	const want = "want a ConstraintTemplate of templates.gatekeeper.sh or of kubermatic.k8c.io, found "
	for name, tc := range map[string]struct{ text, want string }{
		"another API":     {"{apiVersion: example.com/v1, kind: ConstraintTemplate}", "kind: " + want + `ConstraintTemplate of "example.com/v1"`},
		"another kind":    {"{apiVersion: templates.gatekeeper.sh/v1, kind: Template}", "kind: " + want + `Template of "templates.gatekeeper.sh/v1"`},
		"a spec of text":  {"{apiVersion: templates.gatekeeper.sh/v1beta1, kind: ConstraintTemplate, spec: x}", "spec: want a map of fields, found a text"},
		"a crd of text":   {"{apiVersion: templates.gatekeeper.sh/v1beta1, kind: ConstraintTemplate, spec: {crd: x}}", "spec.crd: want a map of fields, found a text"},
		"targets of text": {"{apiVersion: kubermatic.k8c.io/v1, kind: ConstraintTemplate, spec: {targets: x}}", "spec.targets: want a list, found a text"},
		"another name": {
			"{apiVersion: templates.gatekeeper.sh/v1, kind: ConstraintTemplate, metadata: {name: b}, spec: {crd: {spec: {names: {kind: K8sA}}}, targets: [{}]}}",
			`metadata.name: is "b", but a template's name must be its kind in lower case, "k8sa": Gatekeeper refuses it otherwise`,
		},
		"a schema of text": {
			"{apiVersion: templates.gatekeeper.sh/v1, kind: ConstraintTemplate, metadata: {name: k8sa}, spec: {crd: {spec: {names: {kind: K8sA}, validation: {openAPIV3Schema: x}}}, targets: [{}]}}",
			"spec.crd.spec.validation.openAPIV3Schema: want a map of fields",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := policy.PlainTemplate(object(t, tc.text))
			if diff := cmp.Diff(tc.want, text(err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPlainEngines(t *testing.T) {
	for spec, want := range map[string][]string{
		"{targets: [{rego: x}]}": {"Rego"},
		"{targets: [{code: [{engine: K8sNativeValidation}, {engine: Rego}]}]}": {"K8sNativeValidation", "Rego"},
		"{}":           {},
		"{targets: x}": nil,
	} {
		got := policy.PlainEngines(typed(t, "templates.gatekeeper.sh/v1", "ConstraintTemplate", "{spec: "+spec+"}"))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", spec, diff)
		}
	}
}

func TestBare(t *testing.T) {
	in := gatekeeperConstraint(t, `{metadata: {name: c, resourceVersion: "7", uid: u, generation: 1, labels: {a: b}}, spec: {a: 1}, status: {b: 2}}`)
	before := in.DeepCopy()
	want := gatekeeperConstraint(t, `{metadata: {name: c, labels: {a: b}}, spec: {a: 1}}`)
	if diff := cmp.Diff(want.Object, policy.Bare(in).Object); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(before.Object, in.Object); diff != "" {
		t.Errorf("the input was changed: %s", diff)
	}
}

func TestIsGatekeeper(t *testing.T) {
	for apiVersion, want := range map[string]bool{
		"templates.gatekeeper.sh/v1": true, "constraints.gatekeeper.sh/v1beta1": true, "config.gatekeeper.sh/v1alpha1": true,
		"kubermatic.k8c.io/v1": false, "gatekeeper.sh.example/v1": false, "notgatekeeper.sh/v1": false, "v1": false,
	} {
		if got := policy.IsGatekeeper(typed(t, apiVersion, "K", "{}")); got != want {
			t.Errorf("%s: %v", apiVersion, got)
		}
	}
}

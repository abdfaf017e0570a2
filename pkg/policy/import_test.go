package policy_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// TestImportConstraint holds what becomes of exported manifests that were
// edited, and of others.
func TestImportConstraint(t *testing.T) {
	const nowhere = "metadata | no annotation kubectl-opa/namespace says where it belongs: it becomes a Default Constraint, unless a user cluster is named"
	for name, tc := range map[string]struct {
		in, want string
		notes    []string
	}{
		"made by hand": {
			in: `{metadata: {name: c, uid: u, resourceVersion: "7", finalizers: [f], generation: 2}, spec: {enforcementAction: deny, match: {scope: Cluster}}, status: {totalViolations: 3}}`, notes: []string{nowhere},
			want: `{metadata: {name: c}, spec: {constraintType: K8sA, enforcementAction: deny, match: {scope: Cluster}}}`,
		},
		"no spec": {
			in: `{metadata: {name: c}}`, notes: []string{nowhere},
			want: `{metadata: {name: c}, spec: {constraintType: K8sA}}`,
		},
		"labels and annotations of its own": {
			in:    `{metadata: {name: c, labels: {a: b}, annotations: {kubectl-opa/namespace: cluster-x, c: d, kubectl.kubernetes.io/last-applied-configuration: x}}}`,
			want:  `{metadata: {name: c, namespace: cluster-x, labels: {a: b}, annotations: {c: d}}, spec: {constraintType: K8sA}}`,
			notes: []string{"metadata | KKP does not carry labels and annotations to the user clusters"},
		},
		"edited parameters win": {
			in:   `{metadata: {name: c, annotations: {kubectl-opa/namespace: ns, kubectl-opa/parameters: '{"rawJSON":"{\"a\":1}"}'}}, spec: {parameters: {a: 2}}}`,
			want: `{metadata: {name: c, namespace: ns}, spec: {constraintType: K8sA, parameters: {a: 2}}}`,
		},
		"removed parameters win": {
			in:   `{metadata: {name: c, annotations: {kubectl-opa/namespace: ns, kubectl-opa/parameters: '{"rawJSON":"{\"a\":1}"}'}}}`,
			want: `{metadata: {name: c, namespace: ns}, spec: {constraintType: K8sA}}`,
		},
		"the same parameters in other words": {
			in:   `{metadata: {name: c, annotations: {kubectl-opa/namespace: ns, kubectl-opa/parameters: '{"rawJSON":"{\"a\":1.0,\"b\":null}"}'}}, spec: {parameters: {b: null, a: 1}}}`,
			want: `{metadata: {name: c, namespace: ns}, spec: {constraintType: K8sA, parameters: {rawJSON: '{"a":1.0,"b":null}'}}}`,
		},
		"a parameter that is called rawJSON": {
			in:    `{metadata: {name: c, annotations: {kubectl-opa/namespace: ns}}, spec: {parameters: {rawJSON: x, a: 1}}}`,
			want:  `{metadata: {name: c, namespace: ns}, spec: {constraintType: K8sA, parameters: {rawJSON: '{"a":1,"rawJSON":"x"}'}}}`,
			notes: []string{"spec.parameters.rawJSON | all parameters were folded into rawJSON: KKP takes a parameter of this name for all of them"},
		},
		"a selector that was given since": {
			in:   `{metadata: {name: c, annotations: {kubectl-opa/namespace: ns, kubectl-opa/empty-selectors: "labelSelector,namespaceSelector"}}, spec: {match: {labelSelector: {matchLabels: {a: b}}}}}`,
			want: `{metadata: {name: c, namespace: ns}, spec: {constraintType: K8sA, match: {labelSelector: {matchLabels: {a: b}}, namespaceSelector: {}}}}`,
		},
		"a match that was taken away": {
			in:   `{metadata: {name: c, annotations: {kubectl-opa/namespace: ns, kubectl-opa/empty-selectors: labelSelector}}}`,
			want: `{metadata: {name: c, namespace: ns}, spec: {constraintType: K8sA}}`,
		},
		"active again": {
			in:   `{metadata: {name: c, annotations: {kubectl-opa/namespace: ns, kubectl-opa/disabled: "false"}}}`,
			want: `{metadata: {name: c, namespace: ns}, spec: {constraintType: K8sA}}`,
		},
		"an annotation of another version": {
			in:    `{metadata: {name: c, annotations: {kubectl-opa/namespace: ns, kubectl-opa/colour: red}}}`,
			want:  `{metadata: {name: c, namespace: ns}, spec: {constraintType: K8sA}}`,
			notes: []string{"metadata.annotations.kubectl-opa/colour | left out: an export writes no such annotation"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			in := typed(t, "constraints.gatekeeper.sh/v1beta1", "K8sA", tc.in)
			before := in.DeepCopy()
			constraint, notes, err := policy.ImportConstraint(in)
			if err != nil {
				t.Fatal(err)
			}
			got, err := policy.ConstraintObject(constraint)
			if err != nil {
				t.Fatal(err)
			}
			want := typed(t, "kubermatic.k8c.io/v1", "Constraint", tc.want)
			if diff := cmp.Diff(want.Object, got.Object); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tc.notes, lines(notes)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(before.Object, in.Object); diff != "" {
				t.Errorf("the object that was read was changed: %s", diff)
			}
		})
	}
}

func lines(notes []policy.Note) []string {
	var all []string
	for _, note := range notes {
		all = append(all, policy.PathString(note.Path)+" | "+note.Text)
	}
	return all
}

func TestImportConstraintErrors(t *testing.T) {
	const head = "apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: K8sA\nmetadata: {name: c, annotations: "
	for name, tc := range map[string]struct{ text, want string }{
		"more than KKP can hold": {head + "{}}\nspec: {match: {name: x}}", "spec.match.name: unknown field: KKP would drop it without a word"},
		"KKP's fields": {head + "{}}\nspec: {constraintType: K, disabled: true, selector: {}}", "spec.constraintType: unknown field: Gatekeeper has none, the kind says it\n" +
			"spec.disabled: unknown field: Gatekeeper has none, write the annotation kubectl-opa/disabled\nspec.selector: unknown field: Gatekeeper has none, write the annotation kubectl-opa/selector"},
		"KKP's form":      {kkpConstraint, `kind: want a constraint of constraints.gatekeeper.sh, found Constraint of "kubermatic.k8c.io/v1"`},
		"namespace":       {head + "{kubectl-opa/namespace: Cluster_X}}", `metadata.annotations.kubectl-opa/namespace: is "Cluster_X", want the name of a namespace`},
		"disabled":        {head + "{kubectl-opa/namespace: ns, kubectl-opa/disabled: 'yes'}}", `metadata.annotations.kubectl-opa/disabled: is "yes", want true or false`},
		"no text":         {head + "{kubectl-opa/disabled: true}}", "metadata.annotations.kubectl-opa/disabled: want a text"},
		"another no text": {head + "{other: true}}", "metadata.annotations: want a text, found true or false"},
		"selector":        {head + "{kubectl-opa/namespace: ns, kubectl-opa/selector: '{'}}", "metadata.annotations.kubectl-opa/selector: does not hold a selector of user clusters as JSON: unexpected end of JSON input"},
		"a field of the selector": {head + `{kubectl-opa/namespace: ns, kubectl-opa/selector: '{"provider":"aws"}'}}`,
			`metadata.annotations.kubectl-opa/selector: does not hold a selector of user clusters as JSON: unknown field "provider"`},
		"empty selectors":       {head + "{kubectl-opa/namespace: ns, kubectl-opa/empty-selectors: 'labelSelector, x'}}\nspec: {match: {}}", `metadata.annotations.kubectl-opa/empty-selectors: has " x", want labelSelector, namespaceSelector or both with a comma`},
		"parameters":            {head + "{kubectl-opa/namespace: ns, kubectl-opa/parameters: '[]'}}", "metadata.annotations.kubectl-opa/parameters: does not hold parameters as JSON: it is a list"},
		"rawJSON in parameters": {head + `{kubectl-opa/namespace: ns, kubectl-opa/parameters: '{"rawJSON":1}'}}`, "metadata.annotations.kubectl-opa/parameters: spec.parameters.rawJSON: want a text that holds a JSON object: KKP does not sync the constraint otherwise"},
		"two mistakes, two lines": {head + "{kubectl-opa/namespace: '', kubectl-opa/disabled: ''}}", "metadata.annotations.kubectl-opa/namespace: is \"\", want the name of a namespace\n" +
			"metadata.annotations.kubectl-opa/disabled: is \"\", want true or false"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := policy.ImportConstraint(object(t, tc.text))
			if diff := cmp.Diff(tc.want, text(err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestImportTemplate(t *testing.T) {
	const head = "kind: ConstraintTemplate\nmetadata: {name: k8sa}\nspec: "
	const legacy = "spec.crd.spec.validation | legacySchema: true was added: it is the default of templates.gatekeeper.sh/v1beta1, and KKP writes v1"
	for name, tc := range map[string]struct {
		in, want, err string
		notes         []string
	}{
		"made by hand": {
			in:   "apiVersion: templates.gatekeeper.sh/v1\n" + head + "{crd: {spec: {names: {kind: K8sA}}}, targets: [{target: t, rego: x}]}\nstatus: {created: true}",
			want: "{crd: {spec: {names: {kind: K8sA}}}, targets: [{target: t, rego: x}]}",
		},
		"the old API takes schemas that are not structural": {
			in:    "apiVersion: templates.gatekeeper.sh/v1beta1\n" + head + "{crd: {spec: {validation: {openAPIV3Schema: {properties: {}}}}}}",
			want:  "{crd: {spec: {validation: {legacySchema: true, openAPIV3Schema: {properties: {}}}}}}",
			notes: []string{legacy},
		},
		"unless it says so": {
			in:   "apiVersion: templates.gatekeeper.sh/v1beta1\n" + head + "{crd: {spec: {validation: {legacySchema: false}}}}",
			want: "{crd: {spec: {validation: {legacySchema: false}}}}",
		},
		"the old API without a schema": {
			in: "apiVersion: templates.gatekeeper.sh/v1beta1\n" + head + "{}", want: "{crd: {spec: {validation: {legacySchema: true}}}}",
			notes: []string{legacy},
		},
		"KKP's selector": {
			in:  "apiVersion: templates.gatekeeper.sh/v1\n" + head + "{selector: {}}",
			err: "spec.selector: unknown field: Gatekeeper has none, write the annotation kubectl-opa/selector",
		},
		"operations": {
			in:  "apiVersion: templates.gatekeeper.sh/v1\n" + head + "{targets: [{operations: [CREATE]}]}",
			err: "spec.targets[0].operations: unknown field: KKP would drop it without a word",
		},
		"KKP's form": {
			in:  kkpTemplate,
			err: `kind: want a ConstraintTemplate of templates.gatekeeper.sh, found ConstraintTemplate of "kubermatic.k8c.io/v1"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			template, notes, err := policy.ImportTemplate(object(t, tc.in))
			if diff := cmp.Diff(tc.err, text(err)); diff != "" {
				t.Fatal(diff)
			}
			if err != nil {
				return
			}
			got, err := policy.TemplateObject(template)
			if err != nil {
				t.Fatal(err)
			}
			want := object(t, "apiVersion: kubermatic.k8c.io/v1\n"+head+tc.want)
			if diff := cmp.Diff(want.Object, got.Object); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tc.notes, lines(notes)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

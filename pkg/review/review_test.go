package review

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/engine"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
)

const template = `
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: seen}
spec:
  crd: {spec: {names: {kind: Seen}}}
  targets:
  - target: admission.k8s.gatekeeper.sh
    rego: |
      package seen
      violation[{"msg": msg}] {
        msg := sprintf("%v in %v of %v", [input.review.object.metadata.name, object.get(input.review, "namespace", "no namespace"), input.review.userInfo])
      }
`

const constraint = `
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: Seen
metadata: {name: all}
`

const uniqueTemplate = `
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: counted}
spec:
  crd: {spec: {names: {kind: Counted}}}
  targets:
  - target: admission.k8s.gatekeeper.sh
    rego: |
      package counted
      violation[{"msg": msg}] {
        found := [sprintf("%v/%v", [namespace, name]) | data.inventory.namespace[namespace]["v1"].ConfigMap[name]]
        msg := concat(" ", sort(found))
      }
`

const counted = `
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: Counted
metadata: {name: all}
spec: {match: {kinds: [{apiGroups: [""], kinds: [ConfigMap]}]}}
`

const selecting = `
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: Seen
metadata: {name: all}
spec: {match: {namespaceSelector: {matchLabels: {team: a}}}}
`

func configMap(namespace, name string) string {
	return fmt.Sprintf("\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s%s}\n", name, strings.TrimSuffix(", namespace: "+namespace, ", namespace: "))
}

func documents(texts ...string) string { return strings.Join(texts, "---") }

// files writes a folder, and goes there.
func files(t *testing.T, texts map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range texts {
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o700), os.WriteFile(name, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
}

// told runs a review and writes down what is told of it.
func told(t *testing.T, o Options) ([]string, Summary, error) {
	t.Helper()
	lines := []string{}
	o.Skipped = func(at manifest.Position, why string) { lines = append(lines, "skipped "+at.String()+": "+why) }
	summary, err := Run(t.Context(), o, func(r Reviewed) error {
		if r.Err != nil {
			lines = append(lines, "error "+r.Err.Error())
			return nil
		}
		s := r.Subject()
		line := fmt.Sprintf("%s %s %s/%s", r.Position, s.Kind, s.Namespace, s.Name)
		for _, v := range r.Violations {
			line += ": " + v.Message
		}
		for _, v := range r.Autorejects {
			line += ": autoreject " + v.Message
		}
		lines = append(lines, line)
		return nil
	})
	return lines, summary, err
}

// TestRun wants what is told of the objects of some files, in their order.
func TestRun(t *testing.T) {
	policies := documents(template, constraint)
	for name, tc := range map[string]struct {
		files   map[string]string
		stdin   string
		options Options
		want    []string
	}{
		"policies behind objects": {
			files: map[string]string{"a.yaml": configMap("x", "a"), "b.yaml": documents(configMap("x", "b"), constraint, template)},
			want:  []string{"a.yaml:2 ConfigMap x/a: a in x of {}", "b.yaml:2 ConfigMap x/b: b in x of {}"},
		},
		"namespaces that objects do not name": {
			files: map[string]string{
				"p.yaml": policies, "a.yaml": documents(configMap("", "a"), "\napiVersion: v1\nkind: Namespace\nmetadata: {name: ns}\n",
					"\napiVersion: example.com/v1\nkind: Thing\nmetadata: {name: t}\n", "\napiVersion: example.com/v1\nkind: Other\nmetadata: {name: o}\n",
					"\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: c}\nspec: {group: example.com, scope: Namespaced, names: {kind: Thing}}\n"),
			},
			options: Options{Namespace: "mine"},
			want: []string{
				"a.yaml:2 ConfigMap mine/a: a in mine of {}", "a.yaml:6 Namespace /ns: ns in no namespace of {}",
				"a.yaml:10 Thing mine/t: t in mine of {}", "a.yaml:14 Other /o: o in no namespace of {}", "a.yaml:18 CustomResourceDefinition /c: c in no namespace of {}",
			},
		},
		"a Namespace behind what is in it": {
			files: map[string]string{"a.yaml": documents(configMap("x", "a"), configMap("w", "b"), configMap("z", "c"),
				"\napiVersion: v1\nkind: Namespace\nmetadata: {name: x, labels: {team: a}}\n", "\napiVersion: v1\nkind: Namespace\nmetadata: {name: w}\n", template, selecting)},
			want: []string{
				"a.yaml:2 ConfigMap x/a: a in x of {}", "a.yaml:6 ConfigMap w/b",
				"a.yaml:10 ConfigMap z/c: autoreject unable to match constraints: error matching the requested object: c :failed to run Match criteria: namespace selector for namespace-scoped object but missing Namespace",
				"a.yaml:14 Namespace /x: x in no namespace of {}", "a.yaml:18 Namespace /w",
			},
		},
		"standard input": {
			files: map[string]string{"z.yaml": template},
			stdin: documents(configMap("x", "a"), constraint), options: Options{Paths: []string{"-", "z.yaml"}},
			want: []string{"<stdin>:2 ConfigMap x/a: a in x of {}"},
		},
		"a request": {
			files: map[string]string{"p.yaml": policies, "a.yaml": `
apiVersion: admission.k8s.io/v1
kind: AdmissionReview
request:
  kind: {group: "", version: v1, kind: ConfigMap}
  name: a
  namespace: x
  operation: UPDATE
  userInfo: {username: me}
  object: {apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: x}}
`},
			want: []string{`a.yaml:2 ConfigMap x/a: a in x of {"username": "me"}`},
		},
		"no request": {
			files: map[string]string{"p.yaml": policies, "a.yaml": "apiVersion: admission.k8s.io/v1\nkind: AdmissionReview\n---\na: b\n"},
			want:  []string{"error a.yaml:1: reading the request: there is none", "error a.yaml:4: reading the object: it has no kind"},
		},
		"a request to others": {
			files:   map[string]string{"p.yaml": policies, "a.yaml": "apiVersion: admission.k8s.io/v1\nkind: AdmissionReview\n"},
			options: Options{Engine: engine.Options{Point: engine.Audit}},
			want:    []string{"error a.yaml:1: reading the object: an AdmissionReview is what the webhook gets"},
		},
		"gator": {
			files:   map[string]string{"p.yaml": policies, "a.yaml": configMap("", "a")},
			options: Options{Engine: engine.Options{Point: engine.Gator}},
			want: []string{
				"a.yaml:2 ConfigMap /a: a in no namespace of {}", "p.yaml:2 ConstraintTemplate /seen: seen in no namespace of {}", "p.yaml:15 Seen /all: all in no namespace of {}",
			},
		},
		"what cannot be read": {
			files: map[string]string{"p.yaml": policies, "a.yaml": configMap("x", "a") + "---\na: {\n---" + configMap("x", "b"), "empty.yaml": "# nothing\n"},
			want: []string{
				"a.yaml:2 ConfigMap x/a: a in x of {}", "error a.yaml:6: malformed document: did not find expected node content",
				"a.yaml:8 ConfigMap x/b: b in x of {}", "skipped empty.yaml: there is no document in it",
			},
		},
		"policies that stand twice": {
			files: map[string]string{"a.yaml": configMap("x", "a"), "p.yaml": documents(template, constraint, selecting)},
			want: []string{
				`skipped p.yaml:15: Seen "all" stands at p.yaml:19, too, which counts`,
				"a.yaml:2 ConfigMap x/a: autoreject unable to match constraints: error matching the requested object: a :failed to run Match criteria: namespace selector for namespace-scoped object but missing Namespace",
			},
		},
		"the inventory": {
			files: map[string]string{"a.yaml": configMap("x", "a"), "p.yaml": documents(uniqueTemplate, counted)}, stdin: configMap("", "b"),
			options: Options{Paths: []string{"a.yaml", "-", "p.yaml"}},
			want:    []string{"a.yaml:2 ConfigMap x/a: default/b x/a", "<stdin>:2 ConfigMap default/b: default/b x/a"},
		},
		"KKP": {
			files: map[string]string{"a.yaml": configMap("x", "a") + "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: x}\nspec: {containers: [{name: c, image: nginx}]}\n",
				"p.yaml": strings.ReplaceAll(template, "templates.gatekeeper.sh/v1", "kubermatic.k8c.io/v1") + `---
apiVersion: kubermatic.k8c.io/v1
kind: Constraint
metadata: {name: maps, namespace: kubermatic}
spec: {constraintType: Seen, match: {kinds: [{apiGroups: [""], kinds: [ConfigMap]}], namespaceSelector: {}}}
---
apiVersion: kubermatic.k8c.io/v1
kind: Constraint
metadata: {name: disabled, namespace: kubermatic}
spec: {constraintType: Seen, disabled: true}
---
apiVersion: kubermatic.k8c.io/v1
kind: AllowedRegistry
metadata: {name: quay}
spec: {registryPrefix: quay.io/}
`},
			want: []string{
				"a.yaml:2 ConfigMap x/a: a in x of {}",
				`a.yaml:6 Pod x/p: container <c> has an invalid image registry <nginx>, allowed image registries are ["quay.io/"]`,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			files(t, tc.files)
			o := tc.options
			o.Stdin = strings.NewReader(tc.stdin)
			if o.Paths == nil {
				o.Paths = []string{"."}
			}
			if o.Engine.Point == "" {
				o.Engine.Point = engine.Webhook
			}
			got, _, err := told(t, o)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

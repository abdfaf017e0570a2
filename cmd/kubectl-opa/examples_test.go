package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	constraintclient "github.com/open-policy-agent/frameworks/constraint/pkg/client"
	"github.com/open-policy-agent/frameworks/constraint/pkg/client/reviews"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/target"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/util"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd"
	"github.com/kubectl-opa/kubectl-opa/pkg/compile"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

const examples = root + "/examples"

// TestExamples lets Gatekeeper decide over the samples of each example, by what
// the plugin renders of its policies, and wants the decisions that the READMEs
// tell.
func TestExamples(t *testing.T) {
	tests := map[string]struct {
		render [][]string
		bad    []string
	}{
		"kkp-required-labels": {
			render: [][]string{
				{"template", "render", "-f", "template.yaml"},
				{"default", "render", "-f", "default.yaml"},
			},
			bad: []string{
				"Namespace playground lacks the labels cost-center",
				"Namespace tmp lacks the labels cost-center, team",
			},
		},
		"kkp-allowed-registries": {
			render: [][]string{{"registry", "render", "-f", "registries.yaml"}},
			bad: []string{
				`container <nginx> has an invalid image registry <nginx:1.29>, allowed image registries are ["quay.io", "registry.k8s.io/"]`,
			},
		},
		"gatekeeper-template": {
			render: [][]string{
				{"template", "render", "-f", "template.yaml"},
				{"constraint", "render", "-f", "constraint.yaml"},
			},
			bad: []string{
				"container bare: the image registry.example.org:5000/init can change: give it a tag other than latest, or a digest",
				"container latest: the image web:latest can change: give it a tag other than latest, or a digest",
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(examples, name)
			client, err := compile.NewClient()
			if err != nil {
				t.Fatal(err)
			}
			for _, args := range test.render {
				add(t, client, render(t, dir, args))
			}
			readme, err := os.ReadFile(filepath.Join(dir, "README.md"))
			if err != nil || !strings.Contains(string(readme), strings.Join(test.bad, "\n")) {
				t.Errorf("README.md does not show what is decided, %v", err)
			}
			for sample, want := range map[string][]string{"good.yaml": {}, "bad.yaml": test.bad} {
				if diff := cmp.Diff(want, decide(t, client, filepath.Join(dir, "samples", sample))); diff != "" {
					t.Errorf("%s: %s", sample, diff)
				}
			}
		})
	}
}

// render runs the plugin on a file of the example, the last argument.
func render(t *testing.T, dir string, args []string) []manifest.Document {
	t.Helper()
	var stdout, stderr bytes.Buffer
	env := cli.NewEnv()
	env.Out, env.Err = &stdout, &stderr
	file := filepath.Join(dir, args[len(args)-1])
	if code := cmd.Main(t.Context(), env, slices.Concat([]string{"kubectl-opa"}, args[:len(args)-1], []string{file})); code != cli.ExitClean {
		t.Fatalf("%q: exit code %d\n%s", args, code, &stderr)
	}
	documents, err := manifest.Parse("stdout", &stdout)
	if err != nil {
		t.Fatal(err)
	}
	return documents
}

// add loads policies as KKP, or a user, would bring them to a user cluster.
func add(t *testing.T, client *constraintclient.Client, documents []manifest.Document) {
	t.Helper()
	for _, document := range documents {
		object := document.Object()
		if object.GetKind() != "ConstraintTemplate" {
			constraint, _, err := policy.ReadConstraint(object)
			if err != nil {
				t.Fatal(err)
			}
			if object, err = policy.GatekeeperConstraint(constraint); err != nil {
				t.Fatal(err)
			}
			if _, err := client.AddConstraint(t.Context(), object); err != nil {
				t.Fatal(err)
			}
			continue
		}
		template, _, err := policy.ReadTemplate(object)
		if err != nil {
			t.Fatal(err)
		}
		if object, err = policy.GatekeeperTemplate(template); err != nil {
			t.Fatal(err)
		}
		internal, err := compile.Internal(object)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.AddTemplate(t.Context(), internal); err != nil {
			t.Fatal(err)
		}
	}
}

// decide reviews the objects of a file as the webhook does and returns the
// messages, sorted.
func decide(t *testing.T, client *constraintclient.Client, file string) []string {
	t.Helper()
	documents, err := manifest.Load([]string{file}, nil)
	if err != nil {
		t.Fatal(err)
	}
	messages := []string{}
	for _, document := range documents {
		object := *document.Object()
		review := &target.AugmentedUnstructured{Object: object, Source: "Original"}
		if name := object.GetNamespace(); name != "" {
			review.Namespace = &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
		}
		responses, err := client.Review(t.Context(), review, reviews.EnforcementPoint(util.WebhookEnforcementPoint))
		if err != nil {
			t.Fatal(err)
		}
		for _, result := range responses.Results() {
			messages = append(messages, result.Msg)
		}
	}
	slices.Sort(messages)
	return messages
}

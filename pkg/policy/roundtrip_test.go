package policy_test

import (
	"math/rand"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// TestConstraintRoundTrip exports made-up Constraints with all that the type
// can hold, writes them to text, and wants the very same values back.
func TestConstraintRoundTrip(t *testing.T) {
	for seed := range int64(1000) {
		g := generator{rand.New(rand.NewSource(seed))}
		want := g.constraint()
		object, err := policy.ExportConstraint(want)
		if err != nil {
			t.Fatalf("case %d: %v", seed, err)
		}
		text, read := reread(t, object)
		got, _, err := policy.ImportConstraint(read)
		if err != nil {
			t.Fatalf("case %d: %v\n%s", seed, err, text)
		}
		want.ObjectMeta = kept(want.ObjectMeta)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("case %d: %s\n%s", seed, diff, text)
		}
	}
}

// TestTemplateRoundTrip does the same for templates.
func TestTemplateRoundTrip(t *testing.T) {
	for seed := range int64(1000) {
		g := generator{rand.New(rand.NewSource(seed))}
		want := g.template()
		object, err := policy.ExportTemplate(want)
		if err != nil {
			t.Fatalf("case %d: %v", seed, err)
		}
		text, read := reread(t, object)
		got, _, err := policy.ImportTemplate(read)
		if err != nil {
			t.Fatalf("case %d: %v\n%s", seed, err, text)
		}
		want.ObjectMeta = kept(want.ObjectMeta)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("case %d: %s\n%s", seed, diff, text)
		}
	}
}

// reread sends an object through the text of a file.
func reread(t *testing.T, object *unstructured.Unstructured) (string, *unstructured.Unstructured) {
	t.Helper()
	text, err := manifest.YAML(object.Object)
	if err != nil {
		t.Fatal(err)
	}
	documents, err := manifest.Parse("f", strings.NewReader(text))
	if err != nil || len(documents) != 1 {
		t.Fatalf("%d documents, %v\n%s", len(documents), err, text)
	}
	return text, documents[0].Object()
}

// kept is the part of the metadata that comes back.
func kept(all metav1.ObjectMeta) metav1.ObjectMeta {
	meta := metav1.ObjectMeta{Name: all.Name, Namespace: all.Namespace, Labels: all.Labels}
	for key, value := range all.Annotations {
		if key != "kubectl.kubernetes.io/last-applied-configuration" {
			if meta.Annotations == nil {
				meta.Annotations = map[string]string{}
			}
			meta.Annotations[key] = value
		}
	}
	return meta
}

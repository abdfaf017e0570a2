package regodriver

import (
	"fmt"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestConverter: a manifest is to Rego what a request is that went through JSON.
func TestConverter(t *testing.T) {
	kind := metav1.GroupVersionKind{Group: "apps", Version: "v1", Kind: "Deployment"}
	object := map[string]any{
		"numbers": []any{int64(0), int64(-1), int64(8080), int64(999999), int64(1000000), int64(-1000000), int64(9007199254740993), 1.0, 0.5, 1e21, 1e6},
		"other":   []any{nil, true, false, "", "ä\u2028<&>", strings.Repeat("long ", 20), map[string]any{}, []any{}, map[string]any{"": map[string]any{"": "x"}}},
	}
	for name, tc := range map[string]struct {
		manifest  Manifest
		namespace map[string]any
	}{
		"nothing":   {},
		"creation":  {manifest: Manifest{Kind: kind, Name: "a", Namespace: "b", Operation: admissionv1.Create, Object: object}},
		"deletion":  {manifest: Manifest{Kind: kind, Operation: admissionv1.Delete, Object: object, OldObject: object}},
		"namespace": {manifest: Manifest{Kind: kind, Object: object}, namespace: map[string]any{"n": int64(1000000), "name": "b"}},
	} {
		t.Run(name, func(t *testing.T) {
			request := &admissionv1.AdmissionRequest{
				Kind: tc.manifest.Kind, Name: tc.manifest.Name, Namespace: tc.manifest.Namespace, Operation: tc.manifest.Operation,
			}
			fields, err := roundTrip(request)
			if err != nil {
				t.Fatal(err)
			}
			for name, object := range map[string]map[string]any{"object": tc.manifest.Object, "oldObject": tc.manifest.OldObject} {
				if object == nil {
					continue
				}
				if fields[name], err = roundTrip(object); err != nil {
					t.Fatal(err)
				}
			}
			fields["namespaceObject"] = tc.namespace
			want, err := ast.InterfaceToValue(fields)
			if err != nil {
				t.Fatal(err)
			}
			// More than once: terms are known then.
			table := newTerms()
			for range 3 {
				got, err := (&converter{terms: table}).review(tc.manifest, tc.namespace)
				if err != nil {
					t.Fatal(err)
				}
				// The texts, too: equal numbers can be written differently.
				if want.Compare(got) != 0 || want.String() != got.String() {
					t.Errorf("want %v\ngot  %v", want, got)
				}
			}
		})
	}
}

// TestTerms: more texts than there are places.
func TestTerms(t *testing.T) {
	table := newTerms()
	for range 2 {
		for i := range 3 * len(table.places) {
			if text := fmt.Sprint("text ", i); string(table.of(text).Value.(ast.String)) != text {
				t.Fatalf("got another text than %q", text)
			}
		}
	}
	long := strings.Repeat("a", longest+1)
	for text, kept := range map[string]bool{"a": true, long: false} {
		if first := table.of(text); (table.of(text) == first) != kept {
			t.Errorf("%q: kept %v, want %v", text, !kept, kept)
		}
	}
}

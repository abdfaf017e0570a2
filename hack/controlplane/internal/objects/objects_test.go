package objects

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

const documents = `
# a comment before the first document
---
apiVersion: v1
kind: Namespace
metadata: {name: a}
---
# nothing but a comment
---
apiVersion: example.com/v1
kind: Thing
metadata: {name: b, namespace: a}
spec: {color: red}
status: {ready: true}
`

func TestRead(t *testing.T) {
	found, err := Read(strings.NewReader(documents))
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 2 || found[0].GetName() != "a" || found[1].GetName() != "b" {
		t.Errorf("Read found %v", found)
	}
	if _, err := Read(strings.NewReader("a: [\n")); err == nil {
		t.Error("Read took what is no YAML")
	}
}

func TestWithStatusIsIdentityAndStatus(t *testing.T) {
	all, err := Read(strings.NewReader(documents))
	if err != nil {
		t.Fatal(err)
	}
	found := WithStatus(all)
	if len(found) != 1 {
		t.Fatalf("of one object with a status there are %d", len(found))
	}
	status, _ := found[0].MarshalJSON()
	want := `{"apiVersion":"example.com/v1","kind":"Thing","metadata":{"name":"b","namespace":"a"},"status":{"ready":true}}`
	if got := strings.TrimSpace(string(status)); got != want {
		t.Errorf("the status is applied as %s, want %s", got, want)
	}
}

// A mapper learns of a kind when it is reset, as one does that has read discovery before a definition came.
type mapper struct {
	meta.ResettableRESTMapper
	kinds, next []string
	resets      int
}

func (m *mapper) Reset() {
	m.resets++
	m.kinds = m.next
}

func (m *mapper) RESTMapping(kind schema.GroupKind, versions ...string) (*meta.RESTMapping, error) {
	for _, known := range m.kinds {
		if known == kind.Kind {
			return &meta.RESTMapping{}, nil
		}
	}
	return nil, &meta.NoKindMatchError{GroupKind: kind, SearchedVersions: versions}
}

func TestUnknownKindIsLookedForAgain(t *testing.T) {
	m := &mapper{kinds: []string{"Old"}, next: []string{"Old", "New"}}
	client := &Client{mapper: m}
	kind := func(name string) schema.GroupVersionKind {
		return schema.GroupVersionKind{Group: "example.com", Version: "v1", Kind: name}
	}
	for _, test := range []struct {
		kind   string
		known  bool
		resets int
	}{{"Old", true, 0}, {"New", true, 1}, {"New", true, 1}, {"Never", false, 2}} {
		if _, err := client.mapping(kind(test.kind)); (err == nil) != test.known || m.resets != test.resets {
			t.Errorf("%s: %v after %d resets, want known: %t after %d", test.kind, err, m.resets, test.known, test.resets)
		}
	}
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(kind("Never"))
	object.SetName("x")
	if err := client.Apply(t.Context(), object); err == nil || !strings.Contains(err.Error(), "applying Never x: ") {
		t.Errorf("Apply = %v, want an error that names the object", err)
	}
}

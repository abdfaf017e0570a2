package offline

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/validate/content"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
)

// found is an object as the manifests have it.
type found struct {
	value map[string]any
	at    manifest.Position
	// branch is where in a tree of kube-mgmt it stands, if it does.
	branch *branch
}

// wrong says what is wrong with the object.
func (f found) wrong(format string, args ...any) error {
	kind, _ := f.value["kind"].(string)
	name, _, _ := unstructured.NestedString(f.value, "metadata", "name")
	return fmt.Errorf("%s: %s %w", f.at, call(orElse(kind, "the object"), name), fmt.Errorf(format, args...))
}

// groupVersionKind is the type of the object.
func (f found) groupVersionKind() (schema.GroupVersionKind, error) {
	values := map[string]string{}
	for _, field := range []string{"apiVersion", "kind"} {
		text, ok := f.value[field].(string)
		if !ok || text == "" {
			return schema.GroupVersionKind{}, f.wrong("has no %s", field)
		}
		values[field] = text
	}
	gv, err := schema.ParseGroupVersion(values["apiVersion"])
	if err != nil || !isGroup(gv.Group) || !isLabel(gv.Version) {
		return schema.GroupVersionKind{}, f.wrong("has the apiVersion %s, which is none", advice.Quote(values["apiVersion"]))
	}
	if !isLabel(strings.ToLower(values["kind"])) {
		return schema.GroupVersionKind{}, f.wrong("has a kind that is none")
	}
	return gv.WithKind(values["kind"]), nil
}

// isGroup tells whether an API group can be called so.
func isGroup(name string) bool { return name == "" || len(validation.IsDNS1123Subdomain(name)) == 0 }

// isLabel tells whether a version, a resource or a kind in lower case can be
// called so: see the validation of CRDs.
func isLabel(name string) bool { return len(validation.IsDNS1035Label(name)) == 0 }

// metadata is the object's metadata.
func (f found) metadata() (map[string]any, error) {
	metadata, ok := f.value["metadata"].(map[string]any)
	if !ok {
		return nil, f.wrong("has metadata that is no map")
	}
	return metadata, nil
}

// identity is the namespace, which may be "", and the name of the object.
func (f found) identity() (namespace, name string, err error) {
	if f.value["metadata"] == nil {
		return "", "", f.unnamed()
	}
	metadata, err := f.metadata()
	if err != nil {
		return "", "", err
	}
	if name, err = f.segment(metadata, "name"); err != nil {
		return "", "", err
	}
	if name == "" {
		return "", "", f.unnamed()
	}
	namespace, err = f.segment(metadata, "namespace")
	return namespace, name, err
}

// segment is a field of the metadata that becomes a segment of URLs, or "".
func (f found) segment(metadata map[string]any, field string) (string, error) {
	text, ok := metadata[field].(string)
	switch {
	case metadata[field] == nil || ok && text == "":
		return "", nil
	case !ok: // in YAML n, no, off and 1.0 are none
		return "", advice.Wrap(f.wrong("has the %s %v, which is no string", field, metadata[field]), "quote it")
	}
	if problems := content.IsPathSegmentName(text); len(problems) > 0 {
		return "", f.wrong("cannot have the %s %s: it %s", field, advice.Quote(text), problems[0])
	}
	return text, nil
}

// unnamed says that there is no name, and what the document is likely to be.
func (f found) unnamed() error {
	err := f.wrong("has no metadata.name")
	if f.value["kind"] == "Kustomization" {
		return advice.Wrap(err, "give what it makes: kubectl kustomize DIR | kubectl opa query --from - …")
	}
	return err
}

// labels are the object's labels.
func (f found) labels() (labels.Set, error) {
	set := labels.Set{}
	field, _, _ := unstructured.NestedFieldNoCopy(f.value, "metadata", "labels")
	all, ok := field.(map[string]any)
	if !ok && field != nil {
		return nil, f.wrong("has labels that are no map")
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		value, ok := all[name].(string)
		if !ok && all[name] != nil {
			return nil, advice.Wrap(f.wrong("has the label %s with a value that is no string: %v", advice.Quote(name), all[name]), "quote it")
		}
		set[name] = value
	}
	return set, nil
}

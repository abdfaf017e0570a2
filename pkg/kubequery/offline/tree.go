package offline

import (
	"fmt"
	"maps"
	"slices"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/resources"
)

// tree is a document as kube-mgmt replicates a cluster into OPA: an object at
// kubernetes.<resource>[namespace][name], or [name] if it is cluster-scoped.
type tree struct {
	document manifest.Document
	// above is the path of fields that leads to the resources.
	above []any
	// words are the resources, by the name that the tree has for them.
	words map[string]any
}

// branch is a place in a tree.
type branch struct {
	// word is the name of the resource, as the tree has it.
	word string
	// namespace is "" where a name stands directly below the resource.
	namespace, name string
	// resource is what the word means; err is why it means nothing.
	resource resources.Resource
	err      error
}

// isTree tells trees from manifests.
func isTree(d manifest.Document) bool { return d.Value["apiVersion"] == nil && d.Value["kind"] == nil }

// readTree finds the resources of a tree: below "kubernetes" or not, and that
// below "data" or "result", as OPA's API has it, or not.
func readTree(d manifest.Document) (tree, error) {
	t := tree{document: d, words: d.Value}
	for _, key := range []string{"data", "result"} {
		if below, ok := t.words[key].(map[string]any); ok && len(t.words) == 1 {
			t.above, t.words = []any{key}, below
		}
	}
	below, ok := t.words["kubernetes"].(map[string]any)
	if !ok {
		return t, nil
	}
	for _, beside := range slices.Sorted(maps.Keys(t.words)) {
		if beside != "kubernetes" {
			return tree{}, advice.Errorf("give the tree of kubernetes alone",
				`%s: beside "kubernetes" there is %s, which would be left out`, t.at(beside), advice.Quote(beside))
		}
	}
	t.above, t.words = append(t.above, "kubernetes"), below
	return t, nil
}

// definitions is the tree of its CRDs alone.
func (t tree) definitions() tree {
	const word = "customresourcedefinitions"
	all := t.words
	t.words = map[string]any{}
	if crds, ok := all[word]; ok {
		t.words[word] = crds
	}
	return t
}

// at is where something in the tree stands.
func (t tree) at(path ...any) manifest.Position {
	return t.document.Field(append(slices.Clone(t.above), path...)...)
}

// objects are the objects of the tree, as far as their types and places go
// without being looked at: see complete. Index says what words mean.
func (t tree) objects(index *resources.Index) ([]found, error) {
	all := []found{}
	for _, word := range slices.Sorted(maps.Keys(t.words)) {
		b := branch{word: word}
		b.resource, b.err = index.Resolve(word)
		below, ok := t.words[word].(map[string]any)
		if !ok || b.err != nil && !isLabel(word) {
			return nil, t.noTree(b, word)
		}
		for _, key := range slices.Sorted(maps.Keys(below)) {
			b.namespace, b.name = "", key
			if typed(below[key]) || b.err == nil && !b.resource.Namespaced && !allTyped(below[key]) {
				all = append(all, t.found(b, below[key], word, key))
				continue
			}
			names, ok := below[key].(map[string]any)
			if !ok {
				return nil, t.noTree(b, word, key)
			}
			b.namespace = key
			for _, b.name = range slices.Sorted(maps.Keys(names)) {
				if !typed(names[b.name]) && b.err != nil {
					return nil, t.noTree(b, word, key, b.name)
				}
				all = append(all, t.found(b, names[b.name], word, key, b.name))
			}
		}
	}
	return all, nil
}

// typed tells whether a value is an object that says of what type it is.
func typed(value any) bool {
	object, _ := value.(map[string]any)
	_, version := object["apiVersion"].(string)
	_, kind := object["kind"].(string)
	return version && kind
}

// allTyped tells whether a value is a map of such objects.
func allTyped(value any) bool {
	objects, _ := value.(map[string]any)
	for _, object := range objects {
		if !typed(object) {
			return false
		}
	}
	return len(objects) > 0
}

// noTree says why the document is no tree after all.
func (t tree) noTree(b branch, path ...any) error {
	at := t.at(path...)
	if len(t.above) == 0 {
		return advice.Errorf("give manifests, or a tree as kube-mgmt has it: kubernetes.<resource>[namespace][name]",
			"%s: the document has neither apiVersion nor kind, and %s is no resource with objects", at, advice.Quote(b.word))
	}
	if b.err != nil {
		return fmt.Errorf("%s: reading the tree: %w", at, b.err)
	}
	return fmt.Errorf("%s: reading the tree: want a map of objects of %s, by their names", at, b.resource)
}

func (t tree) found(b branch, value any, path ...any) found {
	object, _ := value.(map[string]any) // what is none has no metadata, which is said then
	return found{value: object, at: t.at(path...), branch: &b}
}

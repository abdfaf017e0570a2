package offline

import (
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
)

// origin is where the definition of a kind comes from.
type origin int

const (
	// builtin kinds are those of the table.
	builtin origin = iota
	// custom kinds are those of CRDs.
	custom
	// guessed kinds are those that neither has, and objects have.
	guessed
)

// kind is a kind of objects, as the API serves it, and the objects.
type kind struct {
	origin
	group string
	// names are its names, scope and verbs.
	names metav1.APIResource
	// listKind is the kind of its lists.
	listKind string
	// versions are those that are served, in no order.
	versions []string
	// fields are those that a CRD lets select by, by version.
	fields map[string][]string
	// at is where its CRD stands.
	at manifest.Position
	// objects are sorted by key.
	objects []*object
	// written are the versions that the objects are written in.
	written map[string]bool
}

// object is one object of the manifests.
type object struct {
	// key has the order in which the API server lists: "namespace/name", or
	// "name" of what is cluster-scoped.
	key     string
	version string
	labels  labels.Set
	value   map[string]any
	at      manifest.Position
}

func (k *kind) groupKind() schema.GroupKind {
	return schema.GroupKind{Group: k.group, Kind: k.names.Kind}
}

func (k *kind) groupResource() schema.GroupResource {
	return schema.GroupResource{Group: k.group, Resource: k.names.Name}
}

func (k *kind) serves(version string) bool { return slices.Contains(k.versions, version) }

// can tells whether there is a verb for it: "get", "list".
func (k *kind) can(verb string) bool { return slices.Contains(k.names.Verbs, verb) }

// search finds where an object with a key is, or would be.
func (k *kind) search(key string) (int, bool) {
	return slices.BinarySearchFunc(k.objects, key, func(o *object, key string) int { return strings.Compare(o.key, key) })
}

// find returns the object with a key, or nil.
func (k *kind) find(key string) *object {
	if i, found := k.search(key); found {
		return k.objects[i]
	}
	return nil
}

// call names an object of a kind for messages.
func call(kind, name string) string {
	if name == "" {
		return kind
	}
	return fmt.Sprintf("%s %q", kind, name)
}

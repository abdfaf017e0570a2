// Package object has the verbs that template, constraint, default and registry
// share: what a verb needs to know of a kind of object is in its Noun.
package object

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

// Noun is one kind of policy object: what the shared verbs need to know of it.
// Functions may be nil unless they say otherwise.
type Noun struct {
	// Name and Plural are what people call it.
	Name, Plural string
	// Kind and Resource are the KKP object behind it.
	Kind     string
	Resource schema.GroupVersionResource
	// Namespace is where all objects live; "" for cluster-scoped ones.
	Namespace string
	// PerCluster says that each user cluster has its own, in its own namespace.
	PerCluster bool
	// Exists is the command that changes an object that exists already.
	Exists string
	// Columns and Row make the table. Both are there.
	Columns []string
	Row     func(object *unstructured.Unstructured, now time.Time) []ui.Cell

	// Read turns a document into what is sent, and checks what can be checked
	// without the cluster. It is there.
	Read func(ctx context.Context, document manifest.Document) (Intent, error)
	// Check finds, before anything is sent, what only the cluster can tell is
	// wrong with an object. The object has its namespace.
	Check func(ctx context.Context, live *Live, object *unstructured.Unstructured) error
	// Remarks say what the user should know of an object that is sent: what the
	// platform does not do with it. Before is nil where the object is new.
	Remarks func(ctx context.Context, live *Live, before, object *unstructured.Unstructured) []string
	// Guard refuses to change an object that is there and must not be touched.
	Guard func(existing *unstructured.Unstructured) error
	// Takeover says what an object would take over that did not do so before, a
	// line each; the user is asked then. Before is nil where the object is new.
	Takeover func(ctx context.Context, live *Live, before, object *unstructured.Unstructured) ([]string, error)
	// Consequences says what the deletion of all these objects takes with it, a
	// line each.
	Consequences func(ctx context.Context, live *Live, objects []*unstructured.Unstructured) ([]string, error)
	// Dependents have to be gone before the object itself is deleted, in the
	// order in which they are to be deleted.
	Dependents func(ctx context.Context, live *Live, object *unstructured.Unstructured) ([]Dependent, error)
	// Idle says why the platform never follows a change; --wait is refused then.
	Idle func(ctx context.Context, live *Live) error
	// Awaits says in a sentence's end what Missing waits for.
	Awaits string
	// Missing says what the platform has still to do after a change, a line
	// each.
	Missing func(ctx context.Context, live *Live, object *unstructured.Unstructured) ([]string, error)
}

// Dependent is an object that goes with another one.
type Dependent struct {
	Place platform.Place
	Name  string
}

// Intent is what the user wants to be on the cluster.
type Intent struct {
	Object *unstructured.Unstructured
	// Notes say what was completed or does not travel.
	Notes []string
	// Document is where it came from.
	Document manifest.Document
}

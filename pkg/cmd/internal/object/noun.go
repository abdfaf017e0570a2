// Package object has the verbs that template, constraint, default and registry
// share: what a verb needs to know of a kind of object is in its Noun.
package object

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

// Nouns is one noun as the platforms have it.
type Nouns struct {
	KKP Noun
	// Gatekeeper is nil where plain Gatekeeper has nothing like it.
	Gatekeeper *Noun
	// Instead says what to use there.
	Instead string
}

// Noun is one kind of policy object on one platform: what the shared verbs need
// to know of it. Functions may be nil unless they say otherwise.
type Noun struct {
	// Name and Plural are what people call it.
	Name, Plural string
	// On is the platform.
	On cli.Platform
	// Kind and Resource are the object behind it, empty where they differ from
	// object to object.
	Kind     string
	Resource schema.GroupVersionResource
	// Namespace is where all objects live; "" for cluster-scoped ones.
	Namespace string
	// PerCluster says that each user cluster has its own, in its own namespace.
	PerCluster bool
	// Exists is the command that changes an object that exists already.
	Exists string
	// At, Find and All say where an object goes, find one by its name and return
	// all of them, for a noun whose Resource does not tell that.
	At   func(ctx context.Context, live *Live, object *unstructured.Unstructured) (platform.Place, error)
	Find func(ctx context.Context, live *Live, name string) (platform.Place, *unstructured.Unstructured, error)
	All  func(ctx context.Context, live *Live, labelSelector string) ([]*unstructured.Unstructured, error)
	// OnCluster says what one user cluster has of the objects that KKP keeps for
	// it.
	OnCluster func(ctx context.Context, live *Live, cluster *cli.UserCluster, objects []*unstructured.Unstructured) (*Sight, error)
	// Store keeps the objects of a noun that has none of its own on the cluster;
	// without it, the cluster does.
	Store func(live *Live) Store
	// Columns and Row make the table. Both are there.
	Columns []string
	Row     func(object *unstructured.Unstructured, now time.Time) []ui.Cell

	// Read turns a document into what is sent, and checks what can be checked
	// without the cluster. It is there.
	Read func(ctx context.Context, document manifest.Document) (Intent, error)
	// Render turns an object into what Gatekeeper gets. It is there where the
	// noun has the verb.
	Render func(object *unstructured.Unstructured) (*unstructured.Unstructured, error)
	// Check finds, before anything is sent, what only the cluster can tell is
	// wrong with an object. The object has its namespace.
	Check func(ctx context.Context, live *Live, object *unstructured.Unstructured) error
	// Unready says what has to be there before an object can be sent, and is
	// not, a line each; it is waited for.
	Unready func(ctx context.Context, live *Live, object *unstructured.Unstructured) ([]string, error)
	// Switch makes the platform enforce an object, or keep it and not do so.
	Switch func(object *unstructured.Unstructured, on bool) error
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
	// Taken are the objects that the platform takes away with one that is
	// deleted; --wait waits for them too.
	Taken func(ctx context.Context, live *Live, object *unstructured.Unstructured) ([]Dependent, error)
	// Dependents have to be gone before the object itself is deleted, in the
	// order in which they are to be deleted.
	Dependents func(ctx context.Context, live *Live, object *unstructured.Unstructured) ([]Dependent, error)
	// Before refuses a change of any object, once the cluster was reached.
	Before func(ctx context.Context, live *Live) error
	// Follow does what has to follow a change, where nobody else does it, and
	// returns what it changed.
	Follow func(ctx context.Context, live *Live, o kube.ChangeOptions) ([]cli.Change, error)
	// Idle says why the platform never follows a change; --wait is refused then.
	Idle func(ctx context.Context, live *Live) error
	// Awaits says in a sentence's end what Missing waits for.
	Awaits string
	// Missing says what the platform has still to do after a change, a line
	// each; Next is what the user can do when that never ends.
	Missing func(ctx context.Context, live *Live, object *unstructured.Unstructured) ([]string, error)
	Next    string
}

// Sight is what a user cluster shows of objects: more columns, in the order of
// the objects, and rows of what KKP knows nothing of.
type Sight struct {
	Columns []string
	Cells   [][]ui.Cell
	More    [][]ui.Cell
}

// Store keeps objects. A *kube.Client is one, and says what its methods do.
type Store interface {
	platform.Reader
	Create(ctx context.Context, place platform.Place, object *unstructured.Unstructured, o kube.ChangeOptions) (*unstructured.Unstructured, error)
	Apply(ctx context.Context, place platform.Place, object, before *unstructured.Unstructured, o kube.ChangeOptions) (*unstructured.Unstructured, kube.Outcome, error)
	Patch(ctx context.Context, place platform.Place, name string, o kube.ChangeOptions,
		change func(*unstructured.Unstructured) error) (*unstructured.Unstructured, kube.Outcome, error)
	Delete(ctx context.Context, place platform.Place, name string, o kube.ChangeOptions) error
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

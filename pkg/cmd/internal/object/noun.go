// Package object has the verbs that template, constraint, default and registry
// share.
package object

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

// Noun is one kind of policy object: what the shared verbs need to know of it.
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
	// Read turns a document into what is sent, and checks what can be checked
	// without the cluster.
	Read func(ctx context.Context, document manifest.Document) (Intent, error)
	// Check reads once what only the cluster can tell, and returns what finds
	// mistakes with it before anything is sent. It may be nil. The object has
	// its namespace.
	Check func(ctx context.Context, kkp platform.KKP) (func(object *unstructured.Unstructured) error, error)
	// Guard refuses to change an object that is there and must not be touched.
	// It may be nil.
	Guard func(existing *unstructured.Unstructured) error
	// Consequences says what a deletion takes with it. It may be nil.
	Consequences func(ctx context.Context, kkp platform.KKP, object *unstructured.Unstructured) ([]string, error)
	// Columns and Row make the table.
	Columns []string
	Row     func(object *unstructured.Unstructured, now time.Time) []ui.Cell
}

// Intent is what the user wants to be on the cluster.
type Intent struct {
	Object *unstructured.Unstructured
	// Notes say what was completed or does not travel.
	Notes []string
	// Position leads to the document in the user's file.
	Position manifest.Position
}

// userCluster is the -c of nouns that live per user cluster.
type userCluster struct {
	name string
}

func (u *userCluster) addFlags(env *cli.Env, command *cobra.Command, noun Noun) {
	if noun.PerCluster {
		command.Flags().StringVarP(&u.name, "user-cluster", "c", "", "The KKP user cluster, by ID or by its human-readable name.")
		_ = command.RegisterFlagCompletionFunc("user-cluster", CompleteClusters(env))
	}
}

// place finds where an object of the noun lives. Only the namespace of the
// document, -n and -c decide, never the kubeconfig's namespace. An empty
// namespace of a noun that lives per user cluster means all of them.
func (u *userCluster) place(ctx context.Context, kkp platform.KKP, noun Noun, given string, inDocument string) (platform.Place, error) {
	place := platform.Place{GroupVersionResource: noun.Resource, Namespace: noun.Namespace}
	if !noun.PerCluster {
		if inDocument != "" && inDocument != noun.Namespace {
			return place, advice.Errorf("leave metadata.namespace out",
				"a %s lives in namespace %q, not in %q", noun.Name, noun.Namespace, inDocument)
		}
		return place, nil
	}
	place.Namespace = given
	if u.name != "" {
		namespace, err := kkp.ClusterNamespace(ctx, u.name)
		if err != nil {
			return place, err
		}
		if given != "" && given != namespace {
			return place, advice.Errorf("give one of the two", "-c %s is in namespace %q, not in %q", u.name, namespace, given)
		}
		place.Namespace = namespace
	}
	if inDocument != "" && place.Namespace != "" && inDocument != place.Namespace {
		return place, advice.Errorf("leave -c and -n out, or correct metadata.namespace",
			"the manifest is for namespace %q, the command for %q", inDocument, place.Namespace)
	}
	if place.Namespace == "" {
		place.Namespace = inDocument
	}
	if place.Namespace == kubermaticv1.Namespace {
		return place, advice.Errorf("use the command kubectl opa default",
			"the constraints in namespace %q are Default Constraints", kubermaticv1.Namespace)
	}
	return place, nil
}

// connect reaches the cluster and finds where the named objects of a noun
// live. With one, that must be a single namespace.
func (u *userCluster) connect(ctx context.Context, env *cli.Env, noun Noun, one bool) (platform.KKP, *kube.Client, platform.Place, error) {
	kkp, client, err := env.KKP()
	if err != nil {
		return kkp, nil, platform.Place{}, err
	}
	place, err := u.place(ctx, kkp, noun, env.GivenNamespace(), "")
	if err == nil && one {
		err = noun.single(place)
	}
	return kkp, client, place, err
}

// single refuses a place that means all user clusters.
func (n Noun) single(place platform.Place) error {
	if n.PerCluster && place.Namespace == "" {
		return errWhichCluster
	}
	return nil
}

// errWhichCluster says that a command needs one user cluster.
var errWhichCluster = advice.Wrap(errors.New("which user cluster?"), "give -c NAME, by ID or human-readable name")

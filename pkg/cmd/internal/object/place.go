package object

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// userCluster is the -c of nouns that live per user cluster.
type userCluster struct {
	env  *cli.Env
	name string
	// namespace is the cluster's, once it is known.
	namespace string
}

func (u *userCluster) addFlags(env *cli.Env, command *cobra.Command, noun Noun) {
	u.env = env
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
			return place, advice.Wrap(atNamespace(noun.elsewhere(inDocument)), "leave metadata.namespace out")
		}
		return place, nil
	}
	place.Namespace = given
	if err := u.resolve(ctx, kkp, given); err != nil {
		return place, err
	}
	if u.namespace != "" {
		place.Namespace = u.namespace
	}
	if inDocument != "" && place.Namespace != "" && inDocument != place.Namespace {
		return place, advice.Wrap(atNamespace(fmt.Errorf("is %q, and the command is for %q", inDocument, place.Namespace)),
			"leave -c and -n out, or correct metadata.namespace")
	}
	if place.Namespace == "" {
		place.Namespace = inDocument
	}
	if place.Namespace == kubermaticv1.Namespace {
		err := fmt.Errorf("the constraints in namespace %q are Default Constraints", kubermaticv1.Namespace)
		if inDocument == place.Namespace {
			err = atNamespace(err)
		}
		return place, advice.Wrap(err, "use the command kubectl opa default")
	}
	return place, nil
}

// atNamespace says that an error is about metadata.namespace.
func atNamespace(err error) error {
	return &policy.FieldError{Path: []any{"metadata", "namespace"}, Problem: err.Error()}
}

// resolve finds the namespace of -c once, and compares it with -n.
func (u *userCluster) resolve(ctx context.Context, kkp platform.KKP, given string) error {
	if u.name == "" || u.namespace != "" {
		return nil
	}
	cluster, err := u.env.FindCluster(ctx, u.name)
	namespace := ""
	if err == nil {
		namespace, err = cluster.Namespace()
	}
	if errors.Is(err, kube.ErrForbidden) {
		err = advice.Wrap(err, "without that right, give the namespace of the user cluster: -n cluster-ID instead of -c")
	}
	if err != nil {
		return err
	}
	if given != "" && given != namespace {
		return advice.Errorf("give one of the two", "-c %s is in namespace %q, not in %q", u.name, namespace, given)
	}
	u.namespace = namespace
	return nil
}

// elsewhere says where the objects of a noun live instead.
func (n Noun) elsewhere(namespace string) error {
	if n.Namespace == "" {
		return fmt.Errorf("is %q, but a %s lives in no namespace", namespace, n.Name)
	}
	return fmt.Errorf("is %q, but a %s lives in %q", namespace, n.Name, n.Namespace)
}

// connect reaches the cluster and finds where the named objects of a noun
// live. With one, that must be a single namespace.
func (u *userCluster) connect(ctx context.Context, env *cli.Env, noun Noun, one bool) (platform.KKP, *kube.Client, platform.Place, error) {
	kkp, client, err := env.KKP(ctx)
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

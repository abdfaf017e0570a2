package object

import (
	"context"
	"errors"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// where is whose objects a command means: --platform, -c and -n.
type where struct {
	env   *cli.Env
	nouns Nouns
	// userCluster is the value of -c.
	userCluster string
	// edition is nil for commands to which it does not matter.
	edition *cli.Edition
	// changing tells a command that changes objects.
	changing bool
}

func (w *where) addFlags(command *cobra.Command) {
	if w.nouns.Gatekeeper == nil {
		return
	}
	usage := "The KKP user cluster, by ID or by its human-readable name."
	if !w.nouns.KKP.PerCluster {
		usage = "Gatekeeper's own " + w.nouns.KKP.Plural + " on this KKP user cluster, by ID or by its human-readable name."
	}
	command.Flags().StringVarP(&w.userCluster, "user-cluster", "c", "", usage)
	_ = command.RegisterFlagCompletionFunc("user-cluster", CompleteClusters(w.env))
}

// noun says, before any object is read, in which form objects are meant. The
// error unknown says why the cluster could not tell; it is KKP's form then.
func (w *where) noun(ctx context.Context) (noun Noun, unknown, err error) {
	given := w.env.GivenPlatform
	if given == cli.Auto && w.userCluster != "" {
		if given = cli.OnKKP; !w.nouns.KKP.PerCluster {
			given = cli.OnGatekeeper
		}
		if given == cli.OnGatekeeper && w.changing {
			return noun, nil, advice.Errorf("to change them all the same: --platform gatekeeper; else leave -c out",
				"-c %s: KKP's %s are not made for one user cluster, and what is changed there by hand is lost when OPA is switched off",
				w.userCluster, w.nouns.KKP.Plural)
		}
	}
	if given == cli.Auto {
		if given, unknown = w.env.Platform(ctx); unknown != nil {
			return w.nouns.KKP, unknown, ctx.Err()
		}
	}
	if given == cli.OnKKP {
		return w.nouns.KKP, nil, nil
	}
	noun, err = w.nouns.onGatekeeper()
	return noun, nil, err
}

// onGatekeeper is the form on plain Gatekeeper. The error says what to use
// where there is none.
func (n Nouns) onGatekeeper() (Noun, error) {
	if n.Gatekeeper == nil {
		return Noun{}, advice.Errorf(n.Instead, "there are no %s on plain Gatekeeper: they are KKP's", n.KKP.Plural)
	}
	return *n.Gatekeeper, nil
}

// told is the form that all documents have, where they have the same.
func (n Nouns) told(documents []manifest.Document) (noun Noun, told bool) {
	gatekeeper := 0
	for _, document := range documents {
		if policy.IsGatekeeper(document.Object()) {
			gatekeeper++
		}
	}
	if n.Gatekeeper != nil && gatekeeper > 0 && gatekeeper == len(documents) {
		return *n.Gatekeeper, true
	}
	return n.KKP, gatekeeper == 0
}

// site is where a noun's objects are, once the cluster was reached.
type site struct {
	Noun
	live *Live
	// namespace is the one that -c or -n names, on KKP.
	namespace string
	// hosted is the user cluster of -c, on KKP.
	hosted *cli.UserCluster
}

// reach connects to the cluster where the noun's objects are.
func (w *where) reach(ctx context.Context, noun Noun) (*site, error) {
	switch {
	case w.userCluster != "":
		return w.reachUserCluster(ctx, noun)
	case noun.On == cli.OnGatekeeper:
		if _, err := w.env.Platform(ctx); err != nil {
			return nil, err
		}
	default:
		if _, _, err := w.env.KKP(ctx); err != nil {
			return nil, err
		}
	}
	client, err := w.env.Client()
	if err != nil {
		return nil, err
	}
	return &site{Noun: noun, live: newLive(w.env, client, w.edition), namespace: w.env.GivenNamespace()}, nil
}

// reachUserCluster finds the user cluster of -c. In KKP's form its objects are
// on the seed that hosts it.
func (w *where) reachUserCluster(ctx context.Context, noun Noun) (*site, error) {
	master, _, err := w.env.KKP(ctx)
	if err != nil {
		return nil, err
	}
	cluster, err := w.env.FindCluster(ctx, w.userCluster)
	if errors.Is(err, kube.ErrForbidden) && noun.PerCluster {
		err = advice.Wrap(err, "without that right, give the namespace of the user cluster: -n cluster-ID instead of -c")
	}
	if err != nil {
		return nil, err
	}
	if noun.On == cli.OnGatekeeper {
		client, err := w.env.Reach(ctx, cluster)
		if err != nil {
			return nil, err
		}
		return &site{Noun: noun, live: newLive(w.env, client, w.edition)}, nil
	}
	namespace, err := cluster.Namespace()
	if err != nil {
		return nil, err
	}
	if given := w.env.GivenNamespace(); given != "" && given != namespace {
		return nil, advice.Errorf("give one of the two", "-c %s is in namespace %q, not in %q", w.userCluster, namespace, given)
	}
	live := newLive(w.env, cluster.Seed.Client, w.edition)
	live.master = master
	return &site{Noun: noun, live: live, namespace: namespace, hosted: cluster}, nil
}

// store is what keeps the noun's objects.
func (s *site) store() Store {
	if s.Store != nil {
		return s.Store(s.live)
	}
	return s.live.Client
}

// connect does both: it finds the form and reaches the cluster.
func (w *where) connect(ctx context.Context) (*site, error) {
	noun, unknown, err := w.noun(ctx)
	if err = errors.Join(unknown, err); err != nil {
		return nil, err
	}
	return w.reach(ctx, noun)
}

// address finds where the object of a name is, and its name there.
func (s *site) address(ctx context.Context, name string) (platform.Place, string, error) {
	if s.Find != nil {
		place, object, err := s.Find(ctx, s.live, name)
		if err != nil {
			return place, "", err
		}
		return place, object.GetName(), nil
	}
	place, err := s.place("", true)
	return place, name, err
}

// get reads the object of a name.
func (s *site) get(ctx context.Context, name string) (platform.Place, *unstructured.Unstructured, error) {
	if s.Find != nil {
		return s.Find(ctx, s.live, name)
	}
	place, err := s.place("", true)
	if err != nil {
		return place, nil, err
	}
	object, err := s.store().Get(ctx, place, name)
	return place, object, err
}

// at is where an object goes.
func (s *site) at(ctx context.Context, object *unstructured.Unstructured) (platform.Place, error) {
	place, err := s.place(object.GetNamespace(), true)
	if err == nil && s.At != nil {
		place, err = s.At(ctx, s.live, object)
	}
	return place, err
}

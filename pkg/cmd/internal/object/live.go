package object

import (
	"context"
	"errors"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
)

// Live is a platform as the checks of a change see it: the lists are read once,
// when they are first needed. What waits for a change reads through KKP or
// Gatekeeper, of which only the one that the noun lives on is of use.
type Live struct {
	platform.KKP
	Gatekeeper platform.Gatekeeper
	// Client reaches the cluster where the objects are.
	Client *kube.Client

	env     *cli.Env
	edition *cli.Edition
	// master is where KKP says which edition runs.
	master platform.KKP
	told   map[string]bool
	// wait has the command's --timeout; nil where it has none.
	wait *cli.Wait
	// planned are the templates that the same change brings.
	planned []kubermaticv1.ConstraintTemplate

	templates   once[[]kubermaticv1.ConstraintTemplate]
	clusters    once[[]kubermaticv1.Cluster]
	constraints once[[]kubermaticv1.Constraint]

	gatekeeperTemplates once[[]*unstructured.Unstructured]
}

func newLive(env *cli.Env, client *kube.Client, edition *cli.Edition) *Live {
	kkp := platform.KKP{Reader: client}
	if edition == nil {
		edition = &cli.Edition{}
	}
	return &Live{
		KKP: kkp, master: kkp, Gatekeeper: platform.Gatekeeper{Cluster: client}, Client: client,
		env: env, edition: edition, told: map[string]bool{},
	}
}

// UserCluster is the user cluster of a namespace on this seed.
func (l *Live) UserCluster(ctx context.Context, namespace string) (*cli.UserCluster, error) {
	clusters, err := l.Clusters(ctx)
	if err != nil {
		return nil, err
	}
	cluster, err := fleet.FindNamespace(clusters, namespace)
	if err != nil {
		return nil, err
	}
	return &cli.UserCluster{Seed: &cli.Seed{KKP: l.KKP, Client: l.Client}, Cluster: *cluster}, nil
}

// OnUserCluster reads what Gatekeeper has on a user cluster.
func (l *Live) OnUserCluster(ctx context.Context, cluster *cli.UserCluster) (templates, constraints []*unstructured.Unstructured, err error) {
	client, err := l.env.Reach(ctx, cluster)
	if err != nil {
		return nil, nil, err
	}
	there := platform.Gatekeeper{Cluster: client}
	if templates, err = there.Templates(ctx); err == nil {
		constraints, err = there.Constraints(ctx, "")
	}
	return templates, constraints, err
}

// GatekeeperTemplates are the templates on a cluster with Gatekeeper.
func (l *Live) GatekeeperTemplates(ctx context.Context) ([]*unstructured.Unstructured, error) {
	return l.gatekeeperTemplates.get(func() ([]*unstructured.Unstructured, error) { return l.Gatekeeper.Templates(ctx) })
}

// Templates are those on the cluster, and before them those that the same
// change brings.
func (l *Live) Templates(ctx context.Context) ([]kubermaticv1.ConstraintTemplate, error) {
	there, err := l.templates.get(func() ([]kubermaticv1.ConstraintTemplate, error) { return l.KKP.Templates(ctx) })
	return slices.Concat(l.planned, there), err
}

// Edition is KKP's edition. Where it cannot be read there is one warning.
func (l *Live) Edition(ctx context.Context) fleet.Edition {
	return l.edition.Resolve(ctx, l.env, l.master)
}

// Clusters returns all user clusters of this seed.
func (l *Live) Clusters(ctx context.Context) ([]kubermaticv1.Cluster, error) {
	return l.clusters.get(func() ([]kubermaticv1.Cluster, error) { return l.KKP.Clusters(ctx) })
}

// Constraints returns the constraints of all namespaces.
func (l *Live) Constraints(ctx context.Context) ([]kubermaticv1.Constraint, error) {
	return l.constraints.get(func() ([]kubermaticv1.Constraint, error) { return l.KKP.Constraints(ctx, "") })
}

// Wait waits for what has to be there before a change can go on, as long as
// --timeout says.
func (l *Live) Wait(ctx context.Context, look cli.Look) error {
	wait := l.wait
	if wait == nil || wait.Timeout == 0 {
		wait = &cli.Wait{Timeout: defaultWait}
	}
	return wait.Regardless().Until(ctx, l.env, "see what Gatekeeper says: kubectl opa status", look)
}

// defaultWait is how long commands without --timeout wait.
const defaultWait = time.Minute

// Warn prints a warning, each once.
func (l *Live) Warn(text string) {
	if !l.told[text] {
		l.told[text] = true
		l.env.Warn(text)
	}
}

// Unreadable tells whether an error says only that this user may not read
// something. There is one warning for each such thing, of what is not known
// without it; the rest of the command can go on.
func (l *Live) Unreadable(err error, unknown string) bool {
	if !errors.Is(err, kube.ErrForbidden) {
		return false
	}
	if !l.told[err.Error()] {
		l.told[err.Error()] = true
		l.env.Warn(unknown + ": " + err.Error())
	}
	return true
}

// once is what is read at most once, error and all.
type once[T any] struct {
	read  bool
	value T
	err   error
}

func (o *once[T]) get(read func() (T, error)) (T, error) {
	if !o.read {
		o.read = true
		o.value, o.err = read()
	}
	return o.value, o.err
}

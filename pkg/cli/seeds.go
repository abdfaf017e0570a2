package cli

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
)

// Seed is a seed as it is reached: the cluster that the kubeconfig names, or
// another one with the kubeconfig that the master keeps.
type Seed struct {
	// Name is that of the Seed object; empty for the cluster of the kubeconfig.
	Name string
	platform.KKP
	Client *kube.Client
}

// UserCluster is a user cluster, and the seed that hosts it.
type UserCluster struct {
	Seed    *Seed
	Cluster kubermaticv1.Cluster
}

// Namespace is the cluster's namespace on its seed. The error says that it has
// none yet.
func (c *UserCluster) Namespace() (string, error) {
	if c.Cluster.Status.NamespaceName == "" {
		return "", advice.Errorf("wait until KKP has set the cluster up", "user cluster %q has no namespace yet", c.Cluster.Name)
	}
	return c.Cluster.Status.NamespaceName, nil
}

// Fleet is what the seeds host, as far as they can be reached.
type Fleet struct {
	Clusters []UserCluster
	// Missing says of each seed that could not be read why.
	Missing []error
	// unlisted says why this user may not know of other seeds: nothing that
	// the user could mean is there.
	unlisted error
}

// seedsAtOnce bounds how many seeds are asked at the same time.
const seedsAtOnce = 8

// Fleet reads the user clusters of all seeds. The error says why those of the
// cluster of the kubeconfig cannot be read.
func (e *Env) Fleet(ctx context.Context) (*Fleet, error) {
	here, clusters, err := e.here(ctx)
	if err != nil {
		return nil, err
	}
	found := &Fleet{Clusters: hosted(here, clusters)}
	e.addSeeds(ctx, here, found)
	return found, ctx.Err()
}

// FindCluster finds a user cluster by its ID or human-readable name: on the
// cluster of the kubeconfig, and from a master on the other seeds too. An ID
// that is found here is no reason to ask them; a name must be the only one.
func (e *Env) FindCluster(ctx context.Context, name string) (*UserCluster, error) {
	found, doubts, err := e.FindClusters(ctx, []string{name})
	if err != nil {
		return nil, err
	}
	for _, doubt := range doubts {
		e.Warn(doubt)
	}
	return &found[0], nil
}

// Reach makes a client of a user cluster, with the kubeconfig that its seed
// keeps.
func (e *Env) Reach(ctx context.Context, cluster *UserCluster) (*kube.Client, error) {
	namespace, err := cluster.Namespace()
	if err != nil {
		return nil, err
	}
	text, err := cluster.Seed.UserKubeconfig(ctx, namespace)
	if errors.Is(err, kube.ErrForbidden) {
		err = advice.Wrap(err, "without that right, take a kubeconfig of the user cluster itself: --kubeconfig FILE --platform gatekeeper")
	}
	if errors.Is(err, kube.ErrNotFound) {
		err = advice.Wrap(err, "KKP writes this Secret: see what its controllers say")
	}
	if cluster.Seed.Name == "" {
		err = deny(err)
	}
	if err != nil {
		return nil, err
	}
	client, err := e.dial(text, "user cluster "+fleet.Title(&cluster.Cluster))
	if err != nil {
		return nil, advice.Wrap(fmt.Errorf("reading the kubeconfig of user cluster %s (Secret %s/%s): %w", fleet.Title(&cluster.Cluster),
			namespace, kubermaticv1.AdminKubeconfigSecret, err), "KKP writes this Secret: see what its controllers say")
	}
	return client, nil
}

// Gatekeeper is the cluster whose Gatekeeper is meant: a user cluster of KKP
// by ID or human-readable name or, with none given, that of the kubeconfig.
func (e *Env) Gatekeeper(ctx context.Context, userCluster string) (platform.Gatekeeper, error) {
	if userCluster == "" {
		client, err := e.Client()
		return platform.Gatekeeper{Cluster: client}, err
	}
	found, err := e.FindCluster(ctx, userCluster)
	if err != nil {
		return platform.Gatekeeper{}, err
	}
	client, err := e.Reach(ctx, found)
	return platform.Gatekeeper{Cluster: client}, err
}

// here reads the cluster that the kubeconfig names.
func (e *Env) here(ctx context.Context) (*Seed, []kubermaticv1.Cluster, error) {
	kkp, client, err := e.KKP(ctx)
	if err != nil {
		return nil, nil, err
	}
	clusters, err := kkp.Clusters(ctx)
	return &Seed{KKP: kkp, Client: client}, clusters, err
}

// addSeeds adds the clusters of the other seeds. One Seed alone is the very
// cluster that has clusters: a combined master and seed.
func (e *Env) addSeeds(ctx context.Context, here *Seed, all *Fleet) {
	seeds, err := here.Seeds(ctx)
	if errors.Is(err, kube.ErrForbidden) {
		all.unlisted = fmt.Errorf("there may be other seeds: %w", err)
		return
	}
	if err != nil {
		all.Missing = append(all.Missing, deny(fmt.Errorf("reading the seeds: %w", err)))
		return
	}
	if len(seeds) == 1 && len(all.Clusters) > 0 {
		return
	}
	lists, failed := make([][]UserCluster, len(seeds)), make([]error, len(seeds))
	group := errgroup.Group{}
	group.SetLimit(seedsAtOnce)
	for i := range seeds {
		group.Go(func() error {
			lists[i], failed[i] = e.seedClusters(ctx, here, &seeds[i])
			return nil
		})
	}
	_ = group.Wait() // each has its own error
	known := map[types.UID]bool{}
	for _, cluster := range all.Clusters {
		known[cluster.Cluster.UID] = true
	}
	for i := range seeds {
		if failed[i] != nil {
			all.Missing = append(all.Missing, failed[i])
		}
		for _, cluster := range lists[i] {
			// The master is one of its own seeds at times.
			if !known[cluster.Cluster.UID] {
				known[cluster.Cluster.UID] = true
				all.Clusters = append(all.Clusters, cluster)
			}
		}
	}
}

// seedClusters reads the clusters of one other seed.
func (e *Env) seedClusters(ctx context.Context, master *Seed, seed *kubermaticv1.Seed) ([]UserCluster, error) {
	text, err := master.SeedKubeconfig(ctx, seed)
	if err != nil {
		return nil, deny(err)
	}
	client, err := e.dial(text, fmt.Sprintf("seed %q", seed.Name))
	if err != nil {
		return nil, advice.Wrap(fmt.Errorf("reading the kubeconfig of seed %q (Secret %s): %w", seed.Name, seed.Spec.Kubeconfig.Name, err),
			"write a kubeconfig that has all that it needs in itself into the Secret")
	}
	there := &Seed{Name: seed.Name, KKP: platform.KKP{Reader: client}, Client: client}
	clusters, err := there.Clusters(ctx)
	return hosted(there, clusters), err
}

// dial makes a client of another cluster, which waits as long as the user has
// said for the one of the kubeconfig.
func (e *Env) dial(kubeconfig []byte, name string) (*kube.Client, error) {
	here, err := e.Connection.ToRESTConfig()
	if err != nil {
		return nil, err
	}
	return kube.FromKubeconfig(kubeconfig, kube.Other{Name: name, Timeout: here.Timeout, Wrap: e.observer.Wrap})
}

func hosted(seed *Seed, clusters []kubermaticv1.Cluster) []UserCluster {
	all := make([]UserCluster, len(clusters))
	for i := range clusters {
		all[i] = UserCluster{Seed: seed, Cluster: clusters[i]}
	}
	return all
}

// Bare are the clusters without their seeds.
func (f *Fleet) Bare() []kubermaticv1.Cluster {
	clusters := make([]kubermaticv1.Cluster, len(f.Clusters))
	for i := range f.Clusters {
		clusters[i] = f.Clusters[i].Cluster
	}
	return clusters
}

// find is the cluster that the name leads to; nil where it leads to none or to
// several.
func (f *Fleet) find(name string) *UserCluster {
	found, err := fleet.Find(f.Bare(), name)
	if err != nil {
		return nil
	}
	for i := range f.Clusters {
		if f.Clusters[i].Cluster.UID == found.UID && f.Clusters[i].Cluster.Name == found.Name {
			return &f.Clusters[i]
		}
	}
	return nil
}

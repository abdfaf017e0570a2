package enable

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
)

// contents is all that is on one user cluster for Gatekeeper to act on.
type contents struct {
	cluster *cli.UserCluster
	objects []*unstructured.Unstructured
	// seen tells whether the objects were read; err says why not. Where there is
	// nothing to read both are empty.
	seen bool
	err  error
}

// readsAtOnce bounds how many user clusters are read at the same time.
const readsAtOnce = 8

// read reads the user clusters that lose something, in their order. One that
// has no namespace yet has nothing, and one that is being deleted is past all
// that.
func (c *change) read(ctx context.Context, clusters []cli.UserCluster) ([]contents, error) {
	all := []contents{}
	for i := range clusters {
		opa := clusters[i].Cluster.Spec.OPAIntegration
		if opa != nil && opa.Enabled {
			all = append(all, contents{cluster: &clusters[i]})
		}
	}
	progress, lock, done := c.env.NewProgress(), sync.Mutex{}, 0
	defer progress.Done()
	group := errgroup.Group{}
	group.SetLimit(readsAtOnce)
	for i := range all {
		found := &all[i]
		if found.cluster.Cluster.Status.NamespaceName == "" || found.cluster.Cluster.DeletionTimestamp != nil {
			continue
		}
		group.Go(func() error {
			found.objects, found.err = c.objects(ctx, found.cluster)
			found.seen = found.err == nil
			lock.Lock()
			defer lock.Unlock()
			done++
			progress.Say(fmt.Sprintf("reading what is on the user clusters: %d of %d", done, len(all)))
			return nil
		})
	}
	_ = group.Wait() // each has its own error
	return all, ctx.Err()
}

func (c *change) objects(ctx context.Context, cluster *cli.UserCluster) ([]*unstructured.Unstructured, error) {
	client, err := c.env.Reach(ctx, cluster)
	if err != nil {
		return nil, err
	}
	return platform.Gatekeeper{Cluster: client}.Objects(ctx)
}

// failures are the errors of all clusters that could not be read.
func failures(all []contents) error {
	failed := []error{}
	for _, one := range all {
		if one.err != nil {
			failed = append(failed, one.reason())
		}
	}
	return errors.Join(failed...)
}

// reason is why a cluster could not be read. Some errors name it already.
func (one contents) reason() error {
	name := "user cluster " + fleet.Title(&one.cluster.Cluster)
	if strings.Contains(one.err.Error(), name) {
		return one.err
	}
	return fmt.Errorf("%s: %w", name, one.err)
}

// warnUnread says of which clusters it is unknown what was made by hand. Who
// may not read the Secrets hears of it once.
func (c *change) warnUnread(all []contents) {
	told := false
	for _, one := range all {
		switch {
		case one.err == nil:
		case !cli.Denied(one.err):
			c.env.Warn(fmt.Sprintf("what was made by hand is not listed: %v", one.reason()))
		case !told:
			told = true
			c.env.Warn(fmt.Sprintf("what was made by hand on the user clusters is not listed: %v", one.err))
		}
	}
}

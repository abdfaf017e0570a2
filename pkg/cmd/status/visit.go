package status

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	reportv1alpha1 "github.com/kubectl-opa/kubectl-opa/pkg/api/report/v1alpha1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
)

// visitor reads user clusters themselves.
type visitor struct {
	reach func(context.Context, *cli.UserCluster) (platform.Cluster, error)
	// patience is how long one cluster may take.
	patience time.Duration
}

const (
	// visitsAtOnce bounds how many user clusters are read at the same time.
	visitsAtOnce = 8
	// defaultPatience is for users who say nothing with --request-timeout.
	defaultPatience = 10 * time.Second
)

// key is a user cluster: the name of its Seed, and its ID.
type key struct{ seed, id string }

func keyOf(cluster *cli.UserCluster) key { return key{cluster.Seed.Name, cluster.Cluster.Name} }

// visit is what came of reading one user cluster: a reading, an error, or
// neither where there was nothing to read.
type visit struct {
	*reading
	err error
}

// visitAll reads the user clusters on which KKP runs Gatekeeper. Those where
// OPA is off are let alone, as are those that are not there yet or not for
// long.
func (v visitor) visitAll(ctx context.Context, clusters []cli.UserCluster) map[key]visit {
	visits, lock := map[key]visit{}, sync.Mutex{}
	group := errgroup.Group{}
	group.SetLimit(visitsAtOnce)
	for i := range clusters {
		cluster := &clusters[i]
		opa := cluster.Cluster.Spec.OPAIntegration
		if opa == nil || !opa.Enabled || cluster.Cluster.DeletionTimestamp != nil || cluster.Cluster.Status.NamespaceName == "" {
			continue
		}
		group.Go(func() error {
			found, err := v.visit(ctx, cluster)
			lock.Lock()
			defer lock.Unlock()
			visits[keyOf(cluster)] = visit{found, err}
			return nil
		})
	}
	_ = group.Wait() // each has its own error
	return visits
}

func (v visitor) visit(ctx context.Context, cluster *cli.UserCluster) (*reading, error) {
	limited, cancel := context.WithTimeout(ctx, v.patience)
	defer cancel()
	client, err := v.reach(limited, cluster)
	if err != nil {
		return nil, err
	}
	found, err := readGatekeeper(limited, client)
	if err == nil && len(found.failed) > 0 {
		err = found.failed[0]
	}
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		err = fmt.Errorf("it did not answer within %s", v.patience)
	}
	if err != nil {
		return nil, err
	}
	return found, nil
}

// reason is why a user cluster cannot be read. What says so names the cluster
// already.
func (v visit) reason(title string) string {
	return strings.TrimPrefix(withNext(v.err), "user cluster "+title+": ")
}

// complete adds what was found on a user cluster to its report, and returns
// what KKP has still to do there.
func (v visit) complete(cluster *reportv1alpha1.ClusterStatus, seed fleet.Seed) []string {
	if v.err != nil && !cli.Denied(v.err) {
		cluster.Unreachable, _, _ = strings.Cut(v.reason(fleet.TitleOf(cluster.ID, cluster.Name)), "\n→ ")
	}
	if v.reading == nil {
		return nil
	}
	status, _ := v.report()
	cluster.Gatekeeper = &status
	for i := range seed.Clusters {
		if seed.Clusters[i].Name != cluster.ID {
			continue
		}
		compared := fleet.Compare(&seed.Clusters[i], seed, v.templates, v.constraints)
		status.Templates.Origin = (*reportv1alpha1.Origin)(compared.Templates)
		status.Constraints.Origin = (*reportv1alpha1.Origin)(compared.Constraints)
		return compared.Pending
	}
	return nil
}

// addUnread tells of the user clusters that could not be read. Who may not
// read the Secrets hears of it once.
func (s *sight) addUnread(clusters []cli.UserCluster, visits map[key]visit) {
	failed, denied := 0, []error{}
	for i := range clusters {
		visited, title := visits[keyOf(&clusters[i])], fleet.Title(&clusters[i].Cluster)
		switch err := visited.err; {
		case err == nil && visited.reading != nil:
			for _, unknown := range visited.installation.Unknown {
				s.warn("not all of Gatekeeper on user cluster %s can be seen: %v", title, unknown)
			}
		case cli.Denied(err):
			denied = append(denied, err)
		case err != nil:
			failed++
			s.warn("user cluster %s cannot be read: %s", title, visited.reason(title))
			s.notWaitedFor = append(s.notWaitedFor, fmt.Sprintf("user cluster %s cannot be read: what is missing there is not waited for", title))
		}
	}
	if failed > 0 {
		s.unread = append(s.unread, count(failed, "user cluster"))
	}
	if len(denied) > 0 {
		s.report.Unreadable = append(s.report.Unreadable, "secrets")
		s.warn("what is on the user clusters themselves is unknown: %s", withNext(denied[0]))
	}
}

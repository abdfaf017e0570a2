package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
)

// ChooseClusters finds the user clusters that the user means, by names or else
// by labels, where an empty selector means all. The doubts are warnings.
func (e *Env) ChooseClusters(ctx context.Context, names []string, selector string) (chosen *Fleet, doubts []string, err error) {
	if len(names) > 0 {
		clusters, doubts, err := e.FindClusters(ctx, names)
		return &Fleet{Clusters: clusters}, doubts, err
	}
	wanted, err := labels.Parse(selector)
	if err != nil {
		return nil, nil, err
	}
	all, err := e.Fleet(ctx)
	if err != nil {
		return nil, nil, err
	}
	all.Clusters = slices.DeleteFunc(all.Clusters, func(c UserCluster) bool { return !wanted.Matches(labels.Set(c.Cluster.Labels)) })
	return all, nil, nil
}

// FindClusters is FindCluster for several names: it finds each cluster once.
// The doubts are warnings, of seeds that could not be asked whether they have
// clusters of these names too. The error tells of all names that lead to none.
func (e *Env) FindClusters(ctx context.Context, names []string) (found []UserCluster, doubts []string, err error) {
	here, clusters, err := e.here(ctx)
	if err != nil {
		return nil, nil, err
	}
	all := &Fleet{Clusters: hosted(here, clusters)}
	if !all.hasIDs(names) {
		e.addSeeds(ctx, here, all)
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	if _, err := fleet.FindAll(all.Bare(), names); err != nil {
		return nil, nil, errors.Join(append([]error{err, all.unlisted}, all.Missing...)...)
	}
	for _, missing := range all.Missing {
		doubts = append(doubts, fmt.Sprintf("cannot tell whether another user cluster is called %s, too: %v", strings.Join(names, " or "), missing))
	}
	seen := map[*UserCluster]bool{}
	for _, name := range names {
		if cluster := all.find(name); !seen[cluster] {
			seen[cluster] = true
			found = append(found, *cluster)
		}
	}
	return found, doubts, nil
}

// denied is an error that the user's own rights lead to, and not those of a
// kubeconfig that KKP keeps.
type denied struct{ error }

func (d denied) Unwrap() error { return d.error }

// Denied tells whether it is the user who may not read something.
func Denied(err error) bool {
	var d denied
	return errors.As(err, &d)
}

// deny marks an error of the cluster of the kubeconfig.
func deny(err error) error {
	if errors.Is(err, kube.ErrForbidden) {
		return denied{err}
	}
	return err
}

// hasIDs tells whether all names are IDs of clusters that are here.
func (f *Fleet) hasIDs(names []string) bool {
	for _, name := range names {
		if found := f.find(name); found == nil || found.Cluster.Name != name {
			return false
		}
	}
	return true
}

// RequestTimeout is the --request-timeout, 0 where there is none.
func (e *Env) RequestTimeout() time.Duration {
	here, err := e.Connection.ToRESTConfig()
	if err != nil {
		return 0 // the error was told by whoever made the first client
	}
	return here.Timeout
}

package status

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	reportv1alpha1 "github.com/kubectl-opa/kubectl-opa/pkg/api/report/v1alpha1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
)

// kkpReader looks at the user clusters of all seeds, again and again.
type kkpReader struct {
	// kkp is the cluster of the kubeconfig: what is for all seeds lives there.
	kkp     platform.KKP
	edition func(context.Context) fleet.Edition
	// choose finds the user clusters that the user means. The doubts are
	// warnings.
	choose func(context.Context) (chosen *cli.Fleet, doubts []string, err error)
	visitor
}

// look reads all that can be read. The error says why there is nothing to
// show; what else is missing is a warning.
func (r kkpReader) look(ctx context.Context) (sight, error) {
	chosen, doubts, err := r.choose(ctx)
	if err != nil {
		return sight{}, err
	}
	edition := r.edition(ctx)
	seen := sight{
		report: newReport(cli.OnKKP), warnings: doubts,
		late: "wait longer with --timeout; KKP says on the seed what it cannot do, as events in namespace default",
	}
	seen.addEdition(edition)
	visits := r.visitAll(ctx, chosen.Clusters)
	stocks := r.stocks(ctx, chosen.Clusters, edition, &seen)
	settings, err := r.kkp.Settings(ctx)
	if !errors.Is(err, kube.ErrNotFound) {
		seen.lacks(kubermaticv1.KubermaticSettings, "KKP's switches for new clusters are unknown", err)
	}
	if err := ctx.Err(); err != nil {
		return sight{}, err
	}
	seen.report.Settings = settingsReport(settings)
	seen.addMissing(chosen.Missing)
	seen.addClusters(stocks, visits)
	seen.addUnread(chosen.Clusters, visits)
	return seen, nil
}

// addMissing tells of the seeds that could not be read. Who may not read them
// hears of it once, and that is no failure.
func (s *sight) addMissing(missing []error) {
	failed, denied := 0, []error{}
	for _, err := range missing {
		s.report.UnreadableSeeds = append(s.report.UnreadableSeeds, err.Error())
		if cli.Denied(err) {
			denied = append(denied, err)
			continue
		}
		failed++
		s.warn("user clusters are missing here: %s", withNext(err))
	}
	if failed > 0 {
		s.unread = append(s.unread, count(failed, "seed"))
	}
	if len(denied) > 0 {
		s.warn("user clusters of other seeds may be missing here: %s", withNext(denied[0]))
	}
}

// addClusters judges the clusters of each seed, and sorts them all.
func (s *sight) addClusters(stocks []stock, visits map[key]visit) {
	problems := []string{}
	for _, stock := range stocks {
		statuses, err := fleet.Statuses(stock.Seed)
		if err != nil {
			problems = append(problems, err.Error())
		}
		for _, status := range statuses {
			cluster := clusterReport(status, stock.name)
			s.addWaiting(status)
			cluster.Pending = append(cluster.Pending, visits[key{stock.name, status.Cluster}].complete(&cluster, stock.Seed)...)
			s.report.Clusters = append(s.report.Clusters, cluster)
		}
	}
	for _, problem := range slices.Compact(problems) {
		s.warn("KKP cannot tell which clusters these are for, they are left out:\n%s", problem)
	}
	slices.SortStableFunc(s.report.Clusters, func(a, b reportv1alpha1.ClusterStatus) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Seed, b.Seed))
	})
	for _, cluster := range s.report.Clusters {
		if !cluster.Paused && !cluster.Deleting {
			s.pending = append(s.pending, cluster.Pending...)
		}
	}
}

// addWaiting says what --wait leaves out of a cluster.
func (s *sight) addWaiting(status fleet.Status) {
	switch {
	case status.Deleting:
		s.notWaitedFor = append(s.notWaitedFor, fmt.Sprintf("cluster %s (%s) is being deleted: not waited for", status.Cluster, status.Name))
	case status.Paused:
		s.notWaitedFor = append(s.notWaitedFor, fmt.Sprintf("cluster %s (%s) is paused, KKP acts when it is resumed: not waited for", status.Cluster, status.Name))
	case status.Constraints == nil && status.OPA:
		s.notWaitedFor = append(s.notWaitedFor, "constraints cannot be seen: only Gatekeeper's health is waited for")
	}
}

// stock is what was read of one seed.
type stock struct {
	// name is that of the Seed; empty for the cluster of the kubeconfig.
	name string
	fleet.Seed
}

// stocks reads what the seeds of the clusters hold. Templates and Default
// Constraints are those of the master, from where KKP copies them.
func (r kkpReader) stocks(ctx context.Context, clusters []cli.UserCluster, edition fleet.Edition, seen *sight) []stock {
	here := fleet.Seed{Edition: edition}
	var err error
	here.Constraints, err = r.kkp.Constraints(ctx, "")
	seen.lacks(kubermaticv1.Constraints, "how the constraints stand is unknown", err)
	here.Templates, err = r.kkp.Templates(ctx)
	seen.lacks(kubermaticv1.ConstraintTemplates, "which templates there are is unknown", err)
	stocks := []stock{}
	for _, cluster := range clusters {
		i := slices.IndexFunc(stocks, func(s stock) bool { return s.name == cluster.Seed.Name })
		if i < 0 {
			i = len(stocks)
			stocks = append(stocks, stock{cluster.Seed.Name, here})
			if cluster.Seed.Name != "" && here.Constraints != nil {
				own, err := cluster.Seed.Constraints(ctx, "")
				seen.lacks(kubermaticv1.Constraints, "how the constraints of seed "+cluster.Seed.Name+" stand is unknown", err)
				stocks[i].Constraints = ofSeed(here.Constraints, own)
			}
		}
		stocks[i].Clusters = append(stocks[i].Clusters, cluster.Cluster)
	}
	return stocks
}

// ofSeed are the Default Constraints of the master and the other Constraints of
// a seed; nil where those could not be read.
func ofSeed(master, seed []kubermaticv1.Constraint) []kubermaticv1.Constraint {
	if seed == nil {
		return nil
	}
	isDefault := func(c kubermaticv1.Constraint) bool { return c.Namespace == kubermaticv1.Namespace }
	all := slices.DeleteFunc(slices.Clone(master), func(c kubermaticv1.Constraint) bool { return !isDefault(c) })
	return append(all, slices.DeleteFunc(seed, isDefault)...)
}

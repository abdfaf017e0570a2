package enable

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
)

// change is what enable and disable have in common: which clusters, how they
// are patched, and the wait for KKP to follow.
type change struct {
	env      *cli.Env
	names    []string
	selector string
	all      bool
	output   cli.ChangeOutput
	wait     cli.Wait
	// fields are the fields of spec.opaIntegration to set.
	fields map[string]any
	// backup is the directory for a copy of what is lost (disable only).
	backup string

	// plain says that this is a cluster with Gatekeeper alone.
	plain bool
	kkp   platform.KKP
	// told are warnings that need not be told again.
	told map[string]bool
	// unread is the error about seeds that could not be read.
	unread error
}

func newChange(env *cli.Env) *change { return &change{env: env, told: map[string]bool{}} }

func (c *change) addFlags(flags *pflag.FlagSet, awaits string) {
	flags.StringVarP(&c.selector, "selector", "l", "", "All user clusters with these labels, on all seeds.")
	flags.BoolVar(&c.all, "all", false, "All user clusters of all seeds.")
	c.output.AddFlags(flags)
	c.wait.AddFlags(flags, awaits)
}

// run patches all clusters, goes on where one fails, and waits.
func (c *change) run(ctx context.Context, clusters []cli.UserCluster) error {
	changes := []cli.Change{}
	failed := []error{}
	awake := []*cli.UserCluster{}
	progress := c.env.NewProgress()
	for i := range clusters {
		cluster := &clusters[i].Cluster
		progress.Say(fmt.Sprintf("changing %d of %d: %s", i+1, len(clusters), fleet.Title(cluster)))
		object, outcome, err := clusters[i].Seed.Client.Patch(ctx, place, cluster.Name,
			kube.ChangeOptions{DryRun: c.output.Server(), Preview: c.output.Client()}, c.set)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		changes = append(changes, cli.Change{Object: summary(object), Outcome: outcome})
		progress.Done()
		switch {
		case cluster.DeletionTimestamp != nil:
			c.env.Warn(fmt.Sprintf("cluster %s is being deleted: KKP does not act on it any more", fleet.Title(cluster)))
		case cluster.Spec.Pause:
			c.env.Warn(fmt.Sprintf("cluster %s is paused: KKP acts when it is resumed", fleet.Title(cluster)))
		default:
			awake = append(awake, &clusters[i])
		}
	}
	progress.Done()
	err := errors.Join(append([]error{c.output.Print(c.env, changes), c.unread}, failed...)...)
	if c.output.Mode != "none" || len(awake) == 0 {
		return err
	}
	return errors.Join(err, c.wait.Until(ctx, c.env, "KKP goes on by itself; look again with kubectl opa status",
		func(ctx context.Context) ([]string, error) { return c.missing(ctx, awake) }))
}

var place = platform.Place{GroupVersionResource: kubermaticv1.Clusters}

// set sets the fields, and merges those that are maps.
func (c *change) set(cluster *unstructured.Unstructured) error {
	for name, value := range c.fields {
		path := []string{"spec", "opaIntegration", name}
		if _, found, _ := unstructured.NestedFieldNoCopy(cluster.Object, path...); !found && value == false {
			continue // Absent is off as well.
		}
		if given, isMap := value.(map[string]any); isMap {
			current, _, err := unstructured.NestedMap(cluster.Object, path...)
			if err != nil {
				return fmt.Errorf("reading cluster %q: %w", cluster.GetName(), err)
			}
			value = merge(current, given)
		}
		if err := unstructured.SetNestedField(cluster.Object, value, path...); err != nil {
			return fmt.Errorf("changing cluster %q: %w", cluster.GetName(), err)
		}
	}
	return nil
}

// merge adds the entries of given to current, map by map.
func merge(current, given map[string]any) map[string]any {
	if current == nil {
		current = map[string]any{}
	}
	for name, value := range given {
		if inner, isMap := value.(map[string]any); isMap {
			old, _ := current[name].(map[string]any)
			value = merge(old, inner)
		}
		current[name] = value
	}
	return current
}

// missing says which of Gatekeeper's components are not yet where they are to
// be.
func (c *change) missing(ctx context.Context, clusters []*cli.UserCluster) ([]string, error) {
	wanted := map[*cli.Seed][]string{}
	seeds := []*cli.Seed{}
	for _, cluster := range clusters {
		if wanted[cluster.Seed] == nil {
			seeds = append(seeds, cluster.Seed)
		}
		wanted[cluster.Seed] = append(wanted[cluster.Seed], cluster.Cluster.Name)
	}
	missing := []string{}
	for _, seed := range seeds {
		all, err := seed.Clusters(ctx)
		if err != nil {
			return nil, err
		}
		// Without constraints, Gatekeeper's health alone is looked at.
		statuses, err := fleet.Statuses(fleet.Seed{Clusters: all})
		if err != nil {
			return nil, err
		}
		for _, status := range statuses {
			if slices.Contains(wanted[seed], status.Cluster) {
				missing = append(missing, status.Settled()...)
			}
		}
	}
	return missing, nil
}

package status

import (
	"context"
	"errors"
	"fmt"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
)

// looker looks at what there is, again and again.
type looker interface {
	look(ctx context.Context) (sight, error)
}

// run looks once or, with --wait, until all is settled. After a timeout there
// are both what was seen last and an error.
func (o *options) run(ctx context.Context) (*sight, error) {
	r, err := o.connect(ctx)
	if err != nil {
		return nil, err
	}
	return o.runWith(ctx, r)
}

func (o *options) runWith(ctx context.Context, r looker) (*sight, error) {
	seen, err := r.look(ctx)
	if err != nil {
		return nil, err
	}
	o.tell(seen.warnings)
	if !o.wait.Wait {
		return &seen, nil
	}
	return o.settle(ctx, r, seen)
}

// connect finds out which platform this is, and reaches it.
func (o *options) connect(ctx context.Context) (looker, error) {
	on, err := o.env.Platform(ctx)
	if err != nil {
		return nil, err
	}
	if on == cli.OnGatekeeper {
		return o.connectGatekeeper()
	}
	kkp, _, err := o.env.KKP(ctx)
	if err != nil {
		return nil, err
	}
	patience := o.env.RequestTimeout()
	if patience == 0 {
		patience = defaultPatience
	}
	return kkpReader{
		kkp: kkp,
		// The edition is read once, after the clusters: whoever may not see those
		// hears of that alone.
		edition: func(ctx context.Context) fleet.Edition { return o.edition.Resolve(ctx, o.env, kkp) },
		choose: func(ctx context.Context) (*cli.Fleet, []string, error) {
			return o.env.ChooseClusters(ctx, o.names, o.selector)
		},
		visitor: visitor{patience: patience, reach: func(ctx context.Context, cluster *cli.UserCluster) (platform.Cluster, error) {
			return o.env.Reach(ctx, cluster)
		}},
	}, nil
}

func (o *options) connectGatekeeper() (looker, error) {
	if len(o.names) > 0 || o.selector != "" {
		return nil, advice.Errorf("leave them out, and choose the cluster with --context; for KKP, choose its master",
			"NAME and -l mean user clusters of KKP, and this is a cluster with Gatekeeper alone")
	}
	client, err := o.env.Client()
	if err != nil {
		return nil, err
	}
	return gatekeeperReader{server: client.Server(), cluster: client}, nil
}

// settle waits for what was missing at first.
func (o *options) settle(ctx context.Context, r looker, seen sight) (*sight, error) {
	if len(seen.report.Clusters) == 0 {
		return nil, errors.Join(fmt.Errorf("%w: %w", cli.ErrNothing, errNothingHere), seen.failure())
	}
	o.tell(seen.notWaitedFor)
	looked := true
	err := o.wait.Until(ctx, o.env, seen.late, func(ctx context.Context) ([]string, error) {
		if looked {
			looked = false
			return seen.pending, nil
		}
		now, err := r.look(ctx)
		if err == nil {
			seen = now
		}
		return seen.pending, err
	})
	o.tell(append(seen.warnings, seen.notWaitedFor...))
	return &seen, err
}

// watch shows what there is to see again whenever it changed.
func (o *options) watch(ctx context.Context) error {
	r, err := o.connect(ctx)
	if err != nil {
		return err
	}
	return o.watchWith(ctx, r)
}

func (o *options) watchWith(ctx context.Context, r looker) error {
	printer := newPrinter(o)
	return cli.Watch(ctx, r.look,
		func(seen sight) error {
			if o.tell(seen.warnings) {
				printer.keep()
			}
			return printer.show(&seen)
		},
		func(err error) {
			printer.keep()
			o.env.Warn("this is how it was, watching goes on: " + err.Error())
		})
}

// tell prints warnings that are new, and says whether there were any.
func (o *options) tell(warnings []string) bool {
	anything := false
	for _, warning := range warnings {
		if !o.told[warning] {
			o.told[warning], anything = true, true
			o.env.Warn(warning)
		}
	}
	return anything
}

package status

import (
	"context"
	"fmt"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
)

// run looks once or, with --wait, until all is settled. After a timeout there
// are both what was seen last and an error.
func (o *options) run(ctx context.Context) (*sight, error) {
	r, err := o.connect(ctx)
	if err != nil {
		return nil, err
	}
	return o.runWith(ctx, r)
}

func (o *options) runWith(ctx context.Context, r reader) (*sight, error) {
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

// connect reaches KKP. The edition is read once, after the clusters: whoever
// may not see those hears of that alone.
func (o *options) connect(ctx context.Context) (reader, error) {
	kkp, _, err := o.env.KKP(ctx)
	if err != nil {
		return reader{}, err
	}
	return reader{kkp: kkp, names: o.names, selector: o.selector, edition: func(ctx context.Context) fleet.Edition {
		return o.edition.Resolve(ctx, o.env, kkp)
	}}, nil
}

// settle waits for the clusters that KKP does something on, as they were seen
// at first.
func (o *options) settle(ctx context.Context, r reader, seen sight) (*sight, error) {
	if len(seen.report.Clusters) == 0 {
		return nil, fmt.Errorf("%w: no user cluster to wait for", cli.ErrNothing)
	}
	o.tell(seen.notWaitedFor())
	const next = "wait longer with --timeout; KKP says on the seed what it cannot do, as events in namespace default"
	looked := true
	err := o.wait.Until(ctx, o.env, next, func(ctx context.Context) ([]string, error) {
		if looked {
			looked = false
			return seen.pending(), nil
		}
		now, err := r.look(ctx)
		if err == nil {
			seen = now
		}
		return seen.pending(), err
	})
	o.tell(append(seen.warnings, seen.notWaitedFor()...))
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

func (o *options) watchWith(ctx context.Context, r reader) error {
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

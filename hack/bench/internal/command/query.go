package command

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"

	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/controlplane"
	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/peer"
	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/report"
	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/suite"
)

// queryOptions are the flags of query.
type queryOptions struct {
	choice
	pods, then int
	kubeconfig string
	calls      int
}

func parseQuery(args []string) (queryOptions, error) {
	o := queryOptions{}
	flags := flag.NewFlagSet("query", flag.ContinueOnError)
	flags.IntVar(&o.pods, "pods", 0, "")
	flags.IntVar(&o.then, "then", 0, "")
	flags.StringVar(&o.kubeconfig, "kubeconfig", "", "")
	flags.IntVar(&o.calls, "calls", 500, "")
	o.register(flags, 5)
	if err := parse(flags, args); err != nil {
		return o, err
	}
	if o.pods == 0 && o.kubeconfig == "" {
		o.pods = defaultPods
	}
	if err := o.finish(suite.Names(), peer.Names()); err != nil {
		return o, err
	}
	if err := o.check(); err != nil {
		return o, fmt.Errorf("parsing arguments: %w: %w", err, errUsage)
	}
	return o, nil
}

// check finds mistakes before anything is built or started.
func (o queryOptions) check() error {
	switch {
	case o.calls < 1:
		return errors.New("--calls must be 1 or more")
	case o.pods < 0:
		return errNegative
	case o.then == 0:
		return nil
	case o.pods == 0:
		return errors.New("--then needs --pods where --kubeconfig is given")
	case o.then <= o.pods:
		return errors.New("--then must be more than --pods")
	case !slices.Contains(o.peers, peer.Plugin):
		return errors.New("--then measures the plugin: name it in --peers")
	}
	return nil
}

func (b bench) query(ctx context.Context, args []string) (err error) {
	o, err := parseQuery(args)
	if err != nil {
		return err
	}
	measure := func(o queryOptions) error {
		return b.report(o.output, func(dir string, into *report.Report) error { return b.measureAll(ctx, o, dir, into) })
	}
	if o.kubeconfig != "" {
		return measure(o)
	}
	plane, err := controlplane.Start(ctx, b.root, b.errs)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, plane.Stop()) }()
	o.kubeconfig = plane.Kubeconfig
	return measure(o)
}

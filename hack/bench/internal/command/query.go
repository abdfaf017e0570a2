package command

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/controlplane"
	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/peer"
	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/report"
	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/suite"
)

// queryOptions are the flags of query.
type queryOptions struct {
	pods, then int
	kubeconfig string
	only       []string
	peers      []string
	runs       int
	calls      int
	plugin     string
	output     string
}

func parseQuery(args []string) (queryOptions, error) {
	o := queryOptions{}
	flags := flag.NewFlagSet("query", flag.ContinueOnError)
	flags.IntVar(&o.pods, "pods", 0, "")
	flags.IntVar(&o.then, "then", 0, "")
	flags.StringVar(&o.kubeconfig, "kubeconfig", "", "")
	only, peers := flags.String("only", "", ""), flags.String("peers", "", "")
	flags.IntVar(&o.runs, "runs", 5, "")
	flags.IntVar(&o.calls, "calls", 500, "")
	flags.StringVar(&o.plugin, "plugin", "", "")
	flags.StringVar(&o.output, "o", "", "")
	if err := parse(flags, args); err != nil {
		return o, err
	}
	o.only, o.peers = names(*only), names(*peers)
	if o.pods == 0 && o.kubeconfig == "" {
		o.pods = defaultPods
	}
	if err := o.check(); err != nil {
		return o, fmt.Errorf("parsing arguments: %w: %w", err, errUsage)
	}
	return o, nil
}

// names splits a list of names.
func names(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, ",")
}

// check finds mistakes before anything is built or started.
func (o *queryOptions) check() (err error) {
	if o.peers, err = peer.Choose(o.peers); err != nil {
		return err
	}
	if err := suite.CheckNames(o.only); err != nil {
		return err
	}
	if o.output != "" {
		if err := report.CheckName(o.output); err != nil {
			return err
		}
	}
	switch {
	case o.runs < 1 || o.calls < 1:
		return errors.New("--runs and --calls must be 1 or more")
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
	if o.kubeconfig != "" {
		return b.measureInto(ctx, o)
	}
	plane, err := controlplane.Start(ctx, b.root, b.errs)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, plane.Stop()) }()
	o.kubeconfig = plane.Kubeconfig
	return b.measureInto(ctx, o)
}

// measureInto measures on a control plane, and prints and writes the figures.
func (b bench) measureInto(ctx context.Context, o queryOptions) (err error) {
	dir, err := os.MkdirTemp("", "kubectl-opa-bench-")
	if err != nil {
		return fmt.Errorf("making a folder for files: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	measured := report.New()
	err = b.measureAll(ctx, o, dir, measured)
	// What was measured before something went wrong took long enough to be told.
	if len(measured.Rows) > 0 {
		err = errors.Join(err, measured.WriteText(b.out))
	}
	if err != nil || o.output == "" {
		return err
	}
	return measured.WriteFile(o.output)
}

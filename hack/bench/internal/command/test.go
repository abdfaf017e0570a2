package command

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"

	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/report"
	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/review"
)

// mixedObjects is how many objects of ten kinds the figures are for.
const mixedObjects = 1000

// fewestPods have each fault at least once.
const fewestPods = 1000

// testOptions are the flags of test.
type testOptions struct {
	choice
	pods   int
	stream int64 // in MB
}

func parseTest(args []string) (testOptions, error) {
	o := testOptions{}
	flags := flag.NewFlagSet("test", flag.ContinueOnError)
	flags.IntVar(&o.pods, "pods", 10_000, "")
	flags.Int64Var(&o.stream, "stream", 1000, "")
	o.register(flags, 5)
	if err := parse(flags, args); err != nil {
		return o, err
	}
	if err := o.finish(review.Names(), review.Peers()); err != nil {
		return o, err
	}
	if err := o.check(); err != nil {
		return o, fmt.Errorf("parsing arguments: %w: %w", err, errUsage)
	}
	return o, nil
}

func (o testOptions) check() error {
	if o.pods < fewestPods {
		return fmt.Errorf("--pods must be %d or more, so that each constraint is violated", fewestPods)
	}
	if o.stream < 1 {
		return errors.New("--stream must be 1 or more")
	}
	for _, name := range o.only {
		if review.Alone(name) && !slices.Contains(o.peers, review.Plugin) {
			return fmt.Errorf("%s measures the plugin: name it in --peers", name)
		}
	}
	return nil
}

func (b bench) test(ctx context.Context, args []string) error {
	o, err := parseTest(args)
	if err != nil {
		return err
	}
	return b.report(o.output, func(dir string, into *report.Report) error {
		s := review.Session{
			Root: b.root, Dir: dir, Runs: o.runs, Pods: o.pods, Mixed: mixedObjects, Stream: o.stream * 1_000_000, Say: b.say, Report: into,
		}
		for _, name := range o.peers {
			p, err := review.MakePeer(ctx, name, b.root, dir, o.plugin)
			if err != nil {
				return err
			}
			s.Peers = append(s.Peers, p)
		}
		return s.Run(ctx, o.only)
	})
}

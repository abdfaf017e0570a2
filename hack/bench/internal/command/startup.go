package command

import (
	"context"
	"flag"

	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/program"
	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/report"
	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/startup"
)

// startupRuns is more than elsewhere: what is measured is short.
const startupRuns = 20

func (b bench) startup(ctx context.Context, args []string) error {
	o := choice{}
	flags := flag.NewFlagSet("startup", flag.ContinueOnError)
	o.registerAlone(flags, startupRuns)
	if err := parse(flags, args); err != nil {
		return err
	}
	if err := o.finish(startup.Names(), nil); err != nil {
		return err
	}
	gator, err := program.Gator(b.root)
	if err != nil {
		return err
	}
	plugin, err := program.Plugin(ctx, b.root, o.plugin)
	if err != nil {
		return err
	}
	return b.report(o.output, func(dir string, into *report.Report) error {
		b.say("measuring what takes no work, %d times each", o.runs)
		return startup.Measure(ctx, startup.Options{Plugin: plugin, Gator: gator, Home: dir, Only: o.only, Runs: o.runs}, into)
	})
}

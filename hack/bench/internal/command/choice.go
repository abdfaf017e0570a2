package command

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/report"
)

// choice are the flags that all commands have that measure.
type choice struct {
	only   []string // names of benchmarks, nil for all
	peers  []string
	runs   int
	plugin string
	output string
}

// list is a flag with names.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

func (l *list) Set(names string) error {
	*l = strings.Split(names, ",")
	return nil
}

func (c *choice) register(flags *flag.FlagSet, runs int) {
	c.registerAlone(flags, runs)
	flags.Var((*list)(&c.peers), "peers", "")
}

// registerAlone is for a command whose peers are not chosen.
func (c *choice) registerAlone(flags *flag.FlagSet, runs int) {
	flags.Var((*list)(&c.only), "only", "")
	flags.IntVar(&c.runs, "runs", runs, "")
	flags.StringVar(&c.plugin, "plugin", "", "")
	flags.StringVar(&c.output, "o", "", "")
}

// finish finds mistakes, and puts in all peers where none are named.
func (c *choice) finish(benchmarks, peers []string) error {
	err := errors.Join(check("benchmark", c.only, benchmarks), check("peer", c.peers, peers))
	if err == nil && c.output != "" {
		err = report.CheckName(c.output)
	}
	if err == nil && c.runs < 1 {
		err = errors.New("--runs must be 1 or more")
	}
	if err != nil {
		return fmt.Errorf("parsing arguments: %w: %w", err, errUsage)
	}
	if len(c.peers) == 0 {
		c.peers = peers
	}
	return nil
}

// check says whether there is what names name.
func check(what string, names, all []string) error {
	for _, name := range names {
		if !slices.Contains(all, name) {
			return fmt.Errorf("there is no %s %q: choose from %s", what, name, strings.Join(all, ", "))
		}
	}
	return nil
}

// report measures, with a folder for files, and prints and writes the figures.
func (b bench) report(output string, measure func(dir string, into *report.Report) error) (err error) {
	dir, err := os.MkdirTemp("", "kubectl-opa-bench-")
	if err != nil {
		return fmt.Errorf("making a folder for files: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	measured := report.New()
	err = measure(dir, measured)
	// What was measured before something went wrong took long enough to be told.
	if len(measured.Rows) > 0 {
		err = errors.Join(err, measured.WriteText(b.out))
	}
	if err != nil || output == "" {
		return err
	}
	return measured.WriteFile(output)
}

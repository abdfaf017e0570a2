// Package startup measures commands that do next to nothing: how long programs
// take to start and end.
package startup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/process"
	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/report"
)

// calls are what is measured of the plugin, each beside gatorCall.
var calls = []struct {
	name, about string
	args        []string
}{
	{"help", "`kubectl opa --help`", []string{"--help"}},
	{"version", "`kubectl opa version`", []string{"version"}},
	{"render", "`kubectl opa registry render`, offline", []string{"registry", "render", "--prefix", "quay.io/"}},
}

const gatorCall = "--help"

// Names are those of all benchmarks.
func Names() []string {
	names := []string{}
	for _, c := range calls {
		names = append(names, c.name)
	}
	return names
}

// Options say what is measured and how often.
type Options struct {
	Plugin, Gator string // paths of the programs
	Home          string // a folder that is the user's, where nothing is
	Only          []string
	Runs          int
}

// Measure measures pairs: a call of the plugin, then one of gator, and so on.
func Measure(ctx context.Context, o Options, into *report.Report) error {
	for _, call := range calls {
		if len(o.Only) > 0 && !slices.Contains(o.Only, call.name) {
			continue
		}
		rows := []report.Row{
			{Benchmark: call.name, About: call.about, Peer: "plugin", Program: "`kubectl opa`"},
			{Benchmark: call.name, About: "`gator --help`", Peer: "gator", Program: "`gator --help`"},
		}
		args := [][]string{append([]string{o.Plugin}, call.args...), {o.Gator, gatorCall}}
		for i := range 1 + o.Runs {
			for k := range rows {
				usage, err := o.measure(ctx, args[k])
				if err != nil {
					return fmt.Errorf("running %s: %w", call.name, err)
				}
				if i > 0 { // the first is not counted
					rows[k].Runs = append(rows[k].Runs, usage)
				}
			}
		}
		into.Rows = append(into.Rows, rows...)
		into.Goals = append(into.Goals, report.NoSlower(rows[0], rows[1]))
	}
	return nil
}

// measure wants a program to say something.
func (o Options) measure(ctx context.Context, args []string) (process.Usage, error) {
	var output bytes.Buffer
	command := process.Command{Args: args, Env: append(os.Environ(), "HOME="+o.Home, "KUBECONFIG=")}
	usage, err := process.Measure(ctx, command, &output)
	if err == nil && output.Len() == 0 {
		err = errors.New("it says nothing")
	}
	return usage, err
}

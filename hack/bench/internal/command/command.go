// Package command is the command line of bench.
package command

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/process"
)

const usage = `Measure kubectl-opa and its peers.

  bench query [FLAG]...
      Start a control plane, fill it with Pods, and measure "kubectl opa query" beside "opa eval" with a library of the
      same functions, and beside "kubectl get --raw". All must come to the same results.

  bench test [FLAG]...
      Write Pods and policies into files, and measure "kubectl opa test" beside "gator test". Both must find the same.

  bench startup [FLAG]...
      Measure what takes no work, such as --help, beside "gator --help".

  bench serve [--pods N]
      Start a control plane, fill it with Pods, print its kubeconfig, and run until Ctrl-C.

Of query, test and startup:
  --only NAME,...     Run some benchmarks: count, images, labels, calls of query; rego-json, rego-yaml, rego-unlike, cel-json,
                      cel-yaml, many, memory, first of test; help, version, render of startup.
  --peers NAME,...    Measure some: plugin, opa, raw of query; plugin, gator of test.
  --runs 5            How often each is measured, 20 times by startup; the figures are medians.
  --plugin FILE       Measure this kubectl-opa; otherwise one is built from the repository.
  -o FILE             Write the figures, too: as Markdown (.md) or JSON (.json).

Of query and serve:
  --pods 20000        How many Pods there are. With --kubeconfig: those that are there, unless it is given.

Of query:
  --kubeconfig FILE   Measure on the control plane of "bench serve". It is not stopped.
  --calls 500         How many different Pods the benchmark "calls" asks for, ten times each.
  --then N            Afterwards fill up to N Pods and measure the plugin's count again.

Of test:
  --pods 10000        How many Pods there are; the benchmark "memory" takes ten times as many, too.
  --stream 1000       How many MB the stream has whose first finding is waited for.
`

// Exit codes.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
)

// errUsage marks errors that the usage text helps with.
var errUsage = errors.New("see bench help")

// rootMark is a file that only the repository's top folder has.
const rootMark = "krew.yaml"

// Main runs one command and returns the exit code of the process.
func Main(args []string, out, errs io.Writer) int {
	if len(args) > 0 && args[0] == process.LaunchCommand {
		return process.Launch(args[1:])
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	err := dispatch(ctx, args, out, errs)
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(out, usage)
		return exitOK
	}
	fmt.Fprintf(errs, "bench: %v\n", err)
	if errors.Is(err, errUsage) {
		return exitUsage
	}
	return exitFailure
}

func dispatch(ctx context.Context, args []string, out, errs io.Writer) error {
	if len(args) == 0 {
		return fmt.Errorf("parsing arguments: no command is given: %w", errUsage)
	}
	root, err := findRoot()
	if err != nil {
		return err
	}
	b := bench{root: root, out: out, errs: errs}
	switch name, rest := args[0], args[1:]; name {
	case "serve":
		return b.serve(ctx, rest)
	case "query":
		return b.query(ctx, rest)
	case "test":
		return b.test(ctx, rest)
	case "startup":
		return b.startup(ctx, rest)
	case "help", "-h", "-help", "--help":
		return flag.ErrHelp
	default:
		return fmt.Errorf("parsing arguments: there is no command %q: %w", name, errUsage)
	}
}

// bench is what all commands know.
type bench struct {
	root      string    // folder of the repository
	out, errs io.Writer // results, and progress
}

func (b bench) say(format string, args ...any) { fmt.Fprintf(b.errs, "bench: "+format+"\n", args...) }

// findRoot is the repository's folder, from any folder in it.
func findRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("finding the repository: %w", err)
	}
	start := dir
	for {
		if _, err := os.Stat(filepath.Join(dir, rootMark)); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("finding the repository: %s is not in it", start)
		}
		dir = filepath.Dir(dir)
	}
}

// parse parses the flags of a command, which takes no arguments.
func parse(flags *flag.FlagSet, args []string) error {
	flags.SetOutput(io.Discard)
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return fmt.Errorf("parsing the flags of %s: %w: %w", flags.Name(), err, errUsage)
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("parsing arguments: %s takes none, not %q: %w", flags.Name(), flags.Args(), errUsage)
	}
	return nil
}

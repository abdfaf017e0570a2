// Package command is the command line of controlplane.
package command

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

const usage = `Build a real Kubernetes control plane and run it on the loopback interface.

  controlplane build [--print-path] [NAME...]
      Build etcd, kubectl, kube-apiserver, kube-controller-manager and gatekeeper, with the gatekeeper.yaml that installs it,
      or the named ones, into .cache/controlplane of the repository. What is there is not built again. --print-path prints
      the path of each, one a line.

  controlplane serve [FLAG]...
      Run a control plane. When it is ready, print one line of JSON (kubeconfig, kubectl, server, version, dir, and the
      clusters of a fleet), then run until standard input ends or a signal comes.

  controlplane run [FLAG]... [--] COMMAND [ARG...]
      Run a control plane for as long as COMMAND runs, which finds KUBECONFIG set and kubectl in PATH. Exit as it exits.

Flags of serve and run:
  --crds DIR            Create the CustomResourceDefinitions of all *.yaml files in a folder. It may be given several times.
  --gatekeeper          Run Gatekeeper on the control plane.
  --audit-interval 3s   How often Gatekeeper audits.
  --fleet               Run a KKP installation of four control planes: master, which is its own seed; seed, a second one; and
                        the user clusters first, of master, and second, of seed, which has Gatekeeper. --crds names KKP's
                        definitions, for master and seed. KUBECONFIG and the fields of the JSON line are those of master;
                        run sets SEED_KUBECONFIG, FIRST_KUBECONFIG and SECOND_KUBECONFIG, too.

A program in the folder that KUBEBUILDER_ASSETS names is used in place of a built one.
`

// Exit codes.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
)

// Streams are standard input, output and error.
type Streams struct {
	In       *os.File
	Out, Err io.Writer
}

// errUsage marks errors that the usage text helps with.
var errUsage = errors.New("see controlplane help")

// Main runs one command and returns the exit code of the process.
func Main(args []string, streams Streams) int {
	code, err := dispatch(args, streams)
	switch {
	case err == nil:
		return code
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(streams.Out, usage)
		return exitOK
	}
	fmt.Fprintf(streams.Err, "controlplane: %v\n", err)
	if errors.Is(err, errUsage) {
		return exitUsage
	}
	return max(code, exitFailure)
}

func dispatch(args []string, streams Streams) (int, error) {
	if len(args) == 0 {
		return exitUsage, fmt.Errorf("parsing arguments: no command is given: %w", errUsage)
	}
	switch name, rest := args[0], args[1:]; name {
	case "build":
		return exitOK, build(rest, streams)
	case "serve":
		return exitOK, serve(rest, streams)
	case "run":
		return run(rest, streams)
	case "help", "-h", "-help", "--help":
		return exitOK, flag.ErrHelp
	default:
		return exitUsage, fmt.Errorf("parsing arguments: there is no command %q: %w", name, errUsage)
	}
}

// parse parses the flags that come before the first argument and returns the arguments.
func parse(flags *flag.FlagSet, args []string) ([]string, error) {
	flags.SetOutput(io.Discard)
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil, err
		}
		return nil, fmt.Errorf("parsing the flags of %s: %w: %w", flags.Name(), err, errUsage)
	}
	return flags.Args(), nil
}

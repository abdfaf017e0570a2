package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/term"
)

// Exit codes of a shell, for a command that cannot be run or was ended by a signal.
const (
	exitNotFound = 127
	exitSignal   = 128
)

func run(args []string, streams Streams) (int, error) {
	flags, o := flagSet("run")
	command, err := parse(flags, args)
	if err != nil {
		return exitUsage, err
	}
	if len(command) == 0 {
		return exitUsage, fmt.Errorf("parsing arguments: run needs a command: %w", errUsage)
	}
	if err := o.check(); err != nil {
		return exitUsage, err
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)

	c, err := startUnlessSignalled(signals, o, streams)
	if err != nil {
		return exitFailure, err
	}
	code, err := runCommand(c, command, signals, streams)
	return code, errors.Join(err, c.Stop())
}

// startUnlessSignalled gives up the start when a signal comes.
func startUnlessSignalled(signals <-chan os.Signal, o *options, streams Streams) (*controlPlane, error) {
	ctx, cancel := context.WithCancelCause(context.Background())
	started := make(chan struct{})
	defer close(started)
	go func() {
		select {
		case s := <-signals:
			cancel(fmt.Errorf("%w by signal %q", errStopped, s))
		case <-started:
		}
	}()
	return start(ctx, o, streams)
}

func runCommand(c *controlPlane, command []string, signals <-chan os.Signal, streams Streams) (int, error) {
	// Of ourselves, not of the command alone: the command, too, is looked up in this PATH.
	for name, value := range c.environment() {
		if err := os.Setenv(name, value); err != nil {
			return exitFailure, fmt.Errorf("setting the environment of %s: %w", command[0], err)
		}
	}
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = streams.In, streams.Out, streams.Err
	if err := cmd.Start(); err != nil {
		return exitNotFound, fmt.Errorf("running %s: %w", command[0], err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()

	broken := c.Done()
	var failure error
	for {
		select {
		case s := <-signals:
			// Ctrl-C has reached the command already: a terminal sends it to the whole foreground group.
			if s != os.Interrupt || !term.IsTerminal(int(streams.In.Fd())) {
				_ = cmd.Process.Signal(s) // it fails only for a command that has ended
			}
		case <-broken:
			broken = nil
			failure = fmt.Errorf("running %s: the control plane broke: %w", command[0], c.Cause())
			_ = cmd.Process.Signal(syscall.SIGTERM)
		case err := <-ended:
			if failure != nil {
				return exitFailure, failure
			}
			return exitCode(err)
		}
	}
}

// environment is how the command finds kubectl and the control planes of a fleet: SEED_KUBECONFIG for seed.
func (c *controlPlane) environment() map[string]string {
	variables := map[string]string{
		"PATH":       filepath.Dir(c.kubectl) + string(os.PathListSeparator) + os.Getenv("PATH"),
		"KUBECONFIG": c.main.Kubeconfig,
	}
	for name, one := range c.fleet {
		if one != c.main {
			variables[strings.ToUpper(name)+"_KUBECONFIG"] = one.Kubeconfig
		}
	}
	return variables
}

// exitCode is the command's own. That a command failed is not an error of ours.
func exitCode(err error) (int, error) {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return exitOK, nil
	case !errors.As(err, &exit):
		return exitFailure, fmt.Errorf("waiting for the command: %w", err)
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return exitSignal + int(status.Signal()), nil
	}
	return exit.ExitCode(), nil
}

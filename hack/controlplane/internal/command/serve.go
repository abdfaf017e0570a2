package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// ready is what serve prints, as one line, when the control plane can be used.
type ready struct {
	Kubeconfig string            `json:"kubeconfig"`
	Kubectl    string            `json:"kubectl"`
	Server     string            `json:"server"`
	Version    string            `json:"version"`
	Dir        string            `json:"dir"`
	Clusters   map[string]member `json:"clusters,omitempty"`
}

// A member is one control plane of a fleet.
type member struct {
	Kubeconfig string `json:"kubeconfig"`
	Server     string `json:"server"`
	Dir        string `json:"dir"`
}

func (c *controlPlane) ready() ready {
	line := ready{
		Kubeconfig: c.main.Kubeconfig,
		Kubectl:    c.kubectl,
		Server:     c.main.Server,
		Version:    c.main.Version,
		Dir:        c.main.Dir,
		Clusters:   map[string]member{},
	}
	for name, one := range c.fleet {
		line.Clusters[name] = member{Kubeconfig: one.Kubeconfig, Server: one.Server, Dir: one.Dir}
	}
	return line
}

// errStopped is the reason of an end that somebody asked for.
var errStopped = errors.New("asked to stop")

func serve(args []string, streams Streams) error {
	flags, o := flagSet("serve")
	rest, err := parse(flags, args)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return fmt.Errorf("parsing arguments: serve takes none, not %q: %w", rest, errUsage)
	}
	if err := o.check(); err != nil {
		return err
	}
	ctx, stop := untilAsked(streams.In)
	defer stop()
	c, err := start(ctx, o, streams)
	if err != nil {
		return err
	}
	if err := json.NewEncoder(streams.Out).Encode(c.ready()); err != nil {
		return stopAfter(c, fmt.Errorf("printing the ready line: %w", err))
	}
	<-c.Done()
	if cause := c.Cause(); !errors.Is(cause, errStopped) {
		return stopAfter(c, cause)
	}
	return c.Stop()
}

// untilAsked returns a context that ends when input does, or a signal comes. That input ends is how a parent that was
// killed asks.
func untilAsked(input io.Reader) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		_, _ = io.Copy(io.Discard, input) // that it cannot be read is its end, too
		cancel(fmt.Errorf("%w by the end of standard input", errStopped))
	}()
	go func() {
		cancel(fmt.Errorf("%w by signal %q", errStopped, <-signals))
	}()
	return ctx, func() {
		signal.Stop(signals)
		cancel(errStopped)
	}
}

// stopAfter stops a control plane because of an error, and adds to it what then went wrong.
func stopAfter(c running, err error) error {
	return errors.Join(err, c.Stop())
}

// Package peer is who is measured: kubectl-opa, and what it is compared with.
package peer

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/items"
	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/process"
	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/suite"
)

// The names of peers.
const (
	Plugin = "plugin"
	OPA    = "opa"
	Raw    = "raw"
)

// Names are those of all peers.
func Names() []string { return []string{Plugin, OPA, Raw} }

// A Peer is a program that runs benchmarks.
type Peer struct {
	Name  string
	About string // how it is called, for the table
	// evaluates says that it comes to results. The other, raw, gets the list of
	// Pods from the server and nothing else.
	evaluates bool
	args      func(suite.Benchmark) []string
	env       []string
}

// Runs tells whether a peer has part in a benchmark.
func (p Peer) Runs(b suite.Benchmark) bool { return p.evaluates || b.Lists }

// Measure runs a benchmark once. It is an error when the result is not true.
func (p Peer) Measure(ctx context.Context, b suite.Benchmark, truth suite.Truth) (process.Usage, error) {
	command := process.Command{Args: p.args(b), Env: p.env}
	if !p.evaluates {
		return process.Measure(ctx, command, nil)
	}
	var output bytes.Buffer
	usage, err := process.Measure(ctx, command, &output)
	if err == nil {
		err = b.Check(output.Bytes(), truth)
	}
	if err != nil {
		return process.Usage{}, fmt.Errorf("running %s: %w", p.Name, err)
	}
	return usage, nil
}

// WarmUp runs a benchmark once, so that caches of the server and of the peer
// are as they will be. Of raw, too, it checks what comes.
func (p Peer) WarmUp(ctx context.Context, b suite.Benchmark, truth suite.Truth) error {
	if p.evaluates {
		_, err := p.Measure(ctx, b, truth)
		return err
	}
	list, output := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		_, err := process.Measure(ctx, process.Command{Args: p.args(b), Env: p.env}, output)
		ended <- err
		_ = output.CloseWithError(err)
	}()
	count, err := items.Count(list)
	_ = list.Close() // it ends the program where the list was of no use
	if failure := <-ended; failure != nil {
		err = failure
	}
	if err == nil && count != truth.Count {
		err = fmt.Errorf("checking the result of %s: want %d pods, found %d", b.Name, truth.Count, count)
	}
	if err != nil {
		return fmt.Errorf("running %s: %w", p.Name, err)
	}
	return nil
}

package review

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/process"
	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/report"
)

// A Session measures, and keeps what it finds.
type Session struct {
	Root   string // folder of the repository
	Dir    string // a folder for files
	Peers  []Peer
	Runs   int
	Pods   int   // how many there are in the benchmarks of Pods
	Mixed  int   // how many mixed objects
	Stream int64 // bytes of the stream whose first finding is waited for
	Say    func(format string, args ...any)
	Report *report.Report
}

// Run runs the benchmarks of some names, all where there are none. Those of the
// plugin alone are left out where it is no peer.
func (s *Session) Run(ctx context.Context, only []string) error {
	for _, b := range choose(compared(s.Pods, s.Mixed), only) {
		s.Say("measuring %s with %d objects", b.name, b.count())
		if err := s.compare(ctx, b); err != nil {
			return fmt.Errorf("running %s: %w", b.name, err)
		}
	}
	i := slices.IndexFunc(s.Peers, func(p Peer) bool { return p.Name == Plugin })
	if i < 0 {
		return nil
	}
	for _, alone := range []struct {
		name string
		run  func(context.Context, Peer) error
	}{{memory, s.memory}, {first, s.first}} {
		if len(only) > 0 && !slices.Contains(only, alone.name) {
			continue
		}
		if err := alone.run(ctx, s.Peers[i]); err != nil {
			return fmt.Errorf("running %s: %w", alone.name, err)
		}
	}
	return nil
}

// run runs a program once, with its output in a file, and reads that when the
// program has ended: so bench takes neither time nor memory from it.
func (s *Session) run(ctx context.Context, command process.Command, read func(io.Reader) error) (usage process.Usage, err error) {
	output, err := os.OpenFile(filepath.Join(s.Dir, "output"), os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return usage, err
	}
	defer func() { err = errors.Join(err, output.Close()) }()
	if usage, err = process.Measure(ctx, command, output); err != nil {
		return usage, err
	}
	if _, err := output.Seek(0, io.SeekStart); err != nil {
		return usage, err
	}
	return usage, read(output)
}

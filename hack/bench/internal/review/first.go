package review

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"os"
	"path/filepath"
	"syscall"

	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/manifests"
	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/policies"
	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/process"
	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/report"
)

// spare is how much of the disk a file of the stream's size has to leave.
const spare = 1 << 30

const megabyte = 1_000_000

// endless are the Pods of a stream that ends by its size.
var endless = manifests.Pods{Count: math.MaxInt, Every: few, Faults: regoFaults}

// first measures how long it takes the plugin to print the first finding of a
// long stream, from stdin and from a file. The plugin is ended then.
func (s *Session) first(ctx context.Context, plugin Peer) error {
	folder := filepath.Join(s.Dir, "policies-"+first)
	if err := policies.Write(ctx, s.Root, folder, policies.Rego); err != nil {
		return err
	}
	for _, format := range []manifests.Format{manifests.JSON, manifests.YAML} {
		stream := func() (func(io.Writer) error, error) { return s.begun(format) }
		row := report.Row{Benchmark: "first-" + string(format), About: fmt.Sprintf("first finding of %d MB of %s on stdin", s.Stream/megabyte, format)}
		if err := s.untilFirst(ctx, plugin, row, files{folder, "-"}, stream); err != nil {
			return err
		}
	}
	return s.firstOfFile(ctx, plugin, folder)
}

// firstOfFile does the same with a file of JSON documents, if the disk has room
// for it, and removes it.
func (s *Session) firstOfFile(ctx context.Context, plugin Peer, folder string) (err error) {
	disk := syscall.Statfs_t{}
	if err := syscall.Statfs(s.Dir, &disk); err != nil {
		return fmt.Errorf("finding how much room there is in %s: %w", s.Dir, err)
	}
	if free := disk.Bavail * uint64(disk.Bsize); free < uint64(s.Stream+spare) {
		s.Say("there is no room for a file of %d MB in %s: it is left out", s.Stream/megabyte, s.Dir)
		return nil
	}
	path := filepath.Join(s.Dir, "stream.json")
	defer func() { err = errors.Join(err, os.RemoveAll(path)) }()
	feed, err := s.begun(manifests.JSON)
	if err != nil {
		return err
	}
	if err := writeFile(path, feed); err != nil {
		return err
	}
	row := report.Row{Benchmark: "first-file", About: fmt.Sprintf("first finding of %d MB of json in a file", s.Stream/megabyte)}
	return s.untilFirst(ctx, plugin, row, files{folder, path}, nil)
}

// untilFirst measures it some times. Each time begin makes what writes to stdin;
// nil is for nothing.
func (s *Session) untilFirst(ctx context.Context, plugin Peer, row report.Row, f files, begin func() (func(io.Writer) error, error)) error {
	s.Say("measuring the %s", row.About)
	command := plugin.command(plugin.asTable(), f)
	row.Peer, row.Program = plugin.Name, plugin.About
	for i := range 1 + s.Runs {
		var feed func(io.Writer) error
		if begin != nil {
			var err error
			if feed, err = begin(); err != nil {
				return err
			}
		}
		took, err := process.First(ctx, command, feed, endless.First().Name)
		if err != nil {
			return err
		}
		if i > 0 {
			row.Runs = append(row.Runs, process.Usage{Wall: took})
		}
	}
	s.Report.Rows = append(s.Report.Rows, row)
	s.Report.Goals = append(s.Report.Goals, report.Within(row, firstWithin))
	return nil
}

// ahead is how much of a stream is there when the program starts, in bytes: the
// first Pods of each workload take long to make, and nobody is to wait for that.
const ahead = 16 * megabyte

// begun is a stream whose beginning is made: Pods until there are as many bytes as
// a stream has.
func (s *Session) begun(format manifests.Format) (func(io.Writer) error, error) {
	var beginning bytes.Buffer
	next, stop := iter.Pull2(endless.Documents(format))
	for int64(beginning.Len()) < min(ahead, s.Stream) {
		text, err, _ := next()
		if err != nil {
			stop()
			return nil, fmt.Errorf("writing objects: %w", err)
		}
		beginning.Write(text)
	}
	return func(out io.Writer) error {
		defer stop()
		counted := &counter{out: out}
		if _, err := beginning.WriteTo(counted); err != nil {
			return err
		}
		return manifests.Write(counted, func(yield func([]byte, error) bool) {
			for counted.bytes < s.Stream {
				if text, err, _ := next(); !yield(text, err) {
					return
				}
			}
		})
	}, nil
}

// counter counts what is written.
type counter struct {
	out   io.Writer
	bytes int64
}

func (c *counter) Write(text []byte) (int, error) {
	n, err := c.out.Write(text)
	c.bytes += int64(n)
	return n, err
}

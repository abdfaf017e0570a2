package review

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/findings"
	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/process"
	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/report"
)

// A comparison is a benchmark that runs, each peer in its turn.
type comparison struct {
	*Session
	benchmark benchmark
	files     files
	want      []findings.Finding // what the first peer found
	digest    []byte             // of the plugin's report
}

// compare runs a benchmark with all peers: all once, not counted, then all
// again and again.
func (s *Session) compare(ctx context.Context, b benchmark) (err error) {
	f, err := b.write(ctx, s.Root, s.Dir)
	defer func() { err = errors.Join(err, os.RemoveAll(f.objects)) }()
	if err != nil {
		return err
	}
	c := comparison{Session: s, benchmark: b, files: f}
	rows := []report.Row{}
	for _, p := range s.Peers {
		if err := c.warmUp(ctx, p); err != nil {
			return fmt.Errorf("running %s: %w", p.Name, err)
		}
		rows = append(rows, report.Row{Benchmark: b.name, About: b.about, Objects: b.count(), Peer: p.Name, Program: p.About})
	}
	for range s.Runs {
		for i, p := range s.Peers {
			usage, err := c.measure(ctx, p)
			if err != nil {
				return fmt.Errorf("running %s: %w", p.Name, err)
			}
			rows[i].Runs = append(rows[i].Runs, usage)
		}
	}
	s.Report.Rows = append(s.Report.Rows, rows...)
	s.Report.Goals = append(s.Report.Goals, b.goals(rows)...)
	return nil
}

// warmUp runs a peer once and wants it to find what the others found, and as
// much as the objects were made for. Of the plugin, whose report has a form of
// its own, it keeps how that looks: the same messages must be in it.
func (c *comparison) warmUp(ctx context.Context, p Peer) error {
	if p.compared == nil {
		_, err := c.run(ctx, p.command(p.counted, c.files), c.same)
		return err
	}
	if _, err := c.run(ctx, p.command(p.compared, c.files), c.same); err != nil {
		return err
	}
	_, err := c.run(ctx, p.command(p.counted, c.files), func(output io.Reader) error {
		sum := sha256.New()
		messages, err := findings.Messages(io.TeeReader(output, sum))
		if err != nil {
			return err
		}
		c.digest = sum.Sum(nil)
		return findings.CompareMessages(c.want, messages)
	})
	return err
}

// measure runs a peer once. What gator finds is compared, since the order in
// which it prints may differ; the plugin's report must be as it was.
func (c *comparison) measure(ctx context.Context, p Peer) (process.Usage, error) {
	if p.compared == nil {
		return c.run(ctx, p.command(p.counted, c.files), c.same)
	}
	return c.run(ctx, p.command(p.counted, c.files), func(output io.Reader) error {
		sum := sha256.New()
		if _, err := io.Copy(sum, output); err != nil {
			return err
		}
		if !bytes.Equal(sum.Sum(nil), c.digest) {
			return errors.New("its report differs from that of the first run")
		}
		return nil
	})
}

// same wants the same findings as all others have.
func (c *comparison) same(output io.Reader) error {
	found, err := findings.Read(output)
	if err != nil {
		return err
	}
	if c.want == nil {
		c.want = found
		return c.benchmark.check(findings.ByKind(found))
	}
	return findings.Compare(c.want, found)
}

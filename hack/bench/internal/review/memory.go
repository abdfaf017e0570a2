package review

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/findings"
	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/manifests"
	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/policies"
	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/report"
)

// memory measures the plugin with Pods and with ten times the Pods: where few
// have faults, with a report as JSON, and where all have, with the table, which
// is printed while findings are found.
func (s *Session) memory(ctx context.Context, plugin Peer) error {
	for _, tc := range []struct {
		name, about string
		every       int
		call        []string
		count       func(io.Reader) (int, error)
	}{
		{"memory-1", "1 % violating, `-o json`", few, plugin.counted, countMessages},
		{"memory-100", "100 % violating, `-o table`", 1, plugin.asTable(), countLines},
	} {
		rows := []report.Row{}
		for _, count := range []int{s.Pods, 10 * s.Pods} {
			b := benchmark{
				name: tc.name, about: tc.about, set: policies.Rego, format: manifests.JSON,
				pods: manifests.Pods{Count: count, Every: tc.every, Faults: regoFaults},
			}
			s.Say("measuring %s with %d objects", b.name, b.count())
			row, err := s.alone(ctx, plugin, b, tc.call, tc.count)
			if err != nil {
				return err
			}
			rows = append(rows, row)
		}
		s.Report.Rows = append(s.Report.Rows, rows...)
		s.Report.Goals = append(s.Report.Goals, report.Flat(rows[1], rows[0], flat))
	}
	return nil
}

// alone measures a call of one peer, once and not counted first. The output
// must have at least as many findings as there are faults.
func (s *Session) alone(ctx context.Context, p Peer, b benchmark, call []string, count func(io.Reader) (int, error)) (row report.Row, err error) {
	row = report.Row{Benchmark: b.name, About: b.about, Objects: b.count(), Peer: p.Name, Program: p.About}
	f, err := b.write(ctx, s.Root, s.Dir)
	defer func() { err = errors.Join(err, os.RemoveAll(f.objects)) }()
	if err != nil {
		return row, err
	}
	want := 0
	for _, violations := range b.pods.Found() {
		want += violations
	}
	for i := range 1 + s.Runs {
		usage, err := s.run(ctx, p.command(call, f), func(output io.Reader) error {
			found, err := count(output)
			if err == nil && found < want {
				err = fmt.Errorf("counting findings: want %d, found %d", want, found)
			}
			return err
		})
		if err != nil {
			return row, err
		}
		if i > 0 {
			row.Runs = append(row.Runs, usage)
		}
	}
	return row, nil
}

func countMessages(output io.Reader) (int, error) {
	messages, err := findings.Messages(output)
	sum := 0
	for _, times := range messages {
		sum += times
	}
	return sum, err
}

func countLines(output io.Reader) (int, error) {
	lines := 0
	reader := bufio.NewReader(output)
	for {
		switch _, err := reader.ReadSlice('\n'); {
		case err == nil:
			lines++
		case errors.Is(err, io.EOF):
			return lines, nil
		case !errors.Is(err, bufio.ErrBufferFull): // the line goes on
			return lines, err
		}
	}
}

package command

import (
	"context"
	"slices"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/peer"
	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/report"
	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/suite"
)

// measureAll fills the control plane and runs the benchmarks, first all with
// all peers, then, with --then, the count of more Pods with the plugin.
func (b bench) measureAll(ctx context.Context, o queryOptions, dir string, into *report.Report) error {
	config, err := restConfig(o.kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	peers, err := b.peers(ctx, client, config, o, dir)
	if err != nil {
		return err
	}
	s := session{bench: b, client: client, dir: dir, runs: o.runs, calls: o.calls, report: into}
	if o.pods > 0 {
		if err := b.fill(ctx, o.kubeconfig, o.pods); err != nil {
			return err
		}
	}
	if err := s.run(ctx, o.only, peers); err != nil || o.then == 0 {
		return err
	}
	if err := b.fill(ctx, o.kubeconfig, o.then); err != nil {
		return err
	}
	plugin := slices.DeleteFunc(peers, func(p peer.Peer) bool { return p.Name != peer.Plugin })
	return s.run(ctx, []string{"count"}, plugin)
}

func (b bench) peers(ctx context.Context, client kubernetes.Interface, config *rest.Config, o queryOptions, dir string) ([]peer.Peer, error) {
	access, err := peer.NewAccess(ctx, client, config, dir)
	if err != nil {
		return nil, err
	}
	options := peer.Options{Root: b.root, Dir: dir, Kubeconfig: o.kubeconfig, Plugin: o.plugin, Access: access}
	peers := []peer.Peer{}
	for _, name := range o.peers {
		b.say("building %s", name)
		p, err := peer.Make(ctx, name, options)
		if err != nil {
			return nil, err
		}
		peers = append(peers, p)
	}
	return peers, nil
}

// A session measures, and keeps what it finds.
type session struct {
	bench
	client kubernetes.Interface
	dir    string
	runs   int
	calls  int
	report *report.Report
}

// run runs benchmarks, each in turns: all peers once, all peers again.
func (s *session) run(ctx context.Context, only []string, peers []peer.Peer) error {
	truth, input, err := suite.Read(ctx, s.client, s.calls)
	if err != nil {
		return err
	}
	benchmarks, err := suite.Write(s.dir, only, input)
	if err != nil {
		return err
	}
	for _, benchmark := range benchmarks {
		s.say("measuring %s of %d pods", benchmark.Name, truth.Count)
		taking := slices.DeleteFunc(slices.Clone(peers), func(p peer.Peer) bool { return !p.Runs(benchmark) })
		rows, err := s.measure(ctx, benchmark, taking, truth)
		if err != nil {
			return err
		}
		s.report.Rows = append(s.report.Rows, rows...)
	}
	return nil
}

func (s *session) measure(ctx context.Context, b suite.Benchmark, peers []peer.Peer, truth suite.Truth) ([]report.Row, error) {
	rows := []report.Row{}
	for _, p := range peers {
		if err := p.WarmUp(ctx, b, truth); err != nil {
			return nil, err
		}
		rows = append(rows, report.Row{Benchmark: b.Name, About: b.About, Objects: truth.Count, Peer: p.Name, Program: p.About})
	}
	for range s.runs {
		for i, p := range peers {
			usage, err := p.Measure(ctx, b, truth)
			if err != nil {
				return nil, err
			}
			rows[i].Runs = append(rows[i].Runs, usage)
		}
	}
	return rows, nil
}

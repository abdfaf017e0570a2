// Package fleet runs a KKP installation of four control planes: a master that is its own seed, a second seed, and a user
// cluster on each of them. KKP itself does not run; its objects are there as it would leave them.
package fleet

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/hack/controlplane/internal/cluster"
	"github.com/kubectl-opa/kubectl-opa/hack/controlplane/internal/crds"
)

// The names of the control planes.
const (
	Master = "master" // also the seed kubermatic
	Seed   = "seed"   // the seed europe
	First  = "first"  // user cluster on the master
	Second = "second" // user cluster on the seed, with Gatekeeper
)

// A Fleet is a running installation.
type Fleet struct {
	Clusters map[string]*cluster.Cluster // by name

	mu   sync.Mutex
	ctx  context.Context // ends, with the reason, when one of the control planes does
	fail context.CancelCauseFunc
}

// Options say what a fleet is made of.
type Options struct {
	Programs   cluster.Programs
	KKP        []*unstructured.Unstructured // its definitions
	Gatekeeper cluster.Extension
}

// Check says whether the definitions are enough for a fleet. That shows before anything is built.
func Check(definitions []*unstructured.Unstructured) error {
	for _, definition := range definitions {
		if definition.GetName() == "clusters.kubermatic.k8c.io" {
			return nil
		}
	}
	return errors.New("starting a fleet: none of the CRDs is KKP's clusters.kubermatic.k8c.io: name their folder with --crds")
}

// Start starts a fleet and returns when it can be used. The caller has to Stop it.
func Start(ctx context.Context, o Options) (_ *Fleet, err error) {
	f := &Fleet{Clusters: map[string]*cluster.Cluster{}}
	f.ctx, f.fail = context.WithCancelCause(ctx)
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Stop())
		}
	}()
	var group sync.WaitGroup
	for name, extensions := range map[string][]cluster.Extension{
		Master: {crds.Extension(o.KKP)},
		Seed:   {crds.Extension(o.KKP)},
		First:  nil,
		Second: {o.Gatekeeper},
	} {
		group.Go(func() { f.start(name, o.Programs, extensions) })
	}
	group.Wait()
	if f.ctx.Err() != nil {
		return nil, f.Cause()
	}
	return f, f.fill(f.ctx)
}

// start starts one control plane. If it cannot, the others are given up.
func (f *Fleet) start(name string, programs cluster.Programs, extensions []cluster.Extension) {
	c, err := cluster.Start(f.ctx, programs, extensions...)
	if err != nil {
		f.fail(fmt.Errorf("starting %s: %w", name, err))
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.Clusters[name] = c
	go func() {
		<-c.Done()
		f.fail(fmt.Errorf("the control plane %s: %w", name, c.Cause()))
	}()
}

// Done is closed when one of the control planes ends, or the context that the fleet was started with.
func (f *Fleet) Done() <-chan struct{} { return f.ctx.Done() }

// Cause says why Done was closed.
func (f *Fleet) Cause() error { return context.Cause(f.ctx) }

// Stop ends all control planes.
func (f *Fleet) Stop() error {
	f.fail(errors.New("the fleet was stopped"))
	var group errgroup.Group
	for _, c := range f.Clusters {
		group.Go(c.Stop)
	}
	return group.Wait()
}

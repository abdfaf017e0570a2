// Package fill puts Pods into a control plane, with what they need to stay there.
//
// The first Pod of each workload is made through the API server, all others
// from that one, and they are written to where the API server keeps its objects:
// to make one Pod takes the API server longer than to list a hundred, most of it
// for managed fields.
package fill

import (
	"context"
	"fmt"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/pods"
)

// parallel is how many requests are on their way at a time: enough to keep the
// servers busy, few enough for their limits.
const parallel = 16

// A Store is where an API server keeps its Pods.
type Store interface {
	// Names are those of all Pods, each after its namespace and a slash.
	Names(context.Context) ([]string, error)
	// Put adds a Pod.
	Put(context.Context, *corev1.Pod) error
}

// A Filler makes the Pods of a set.
type Filler struct {
	Set    pods.Set
	Client kubernetes.Interface
	Store  Store
	// Tell hears from many goroutines how many Pods were made so far.
	Tell func(made int)
}

// Fill makes the Pods of the numbers below count, those that are not there yet.
// No Pod is ever changed.
func (f Filler) Fill(ctx context.Context, count int) error {
	names, err := f.Store.Names(ctx)
	if err != nil {
		return err
	}
	there := map[string]bool{}
	for _, name := range names {
		there[name] = true
	}
	if len(there) > count {
		return fmt.Errorf("filling the control plane: there are %d pods, more than %d: start another one", len(there), count)
	}
	models, err := f.makeModels(ctx, min(count, f.Set.Workloads))
	if err != nil {
		return err
	}
	var made atomic.Int64
	return each(ctx, f.Set.Workloads, count, func(ctx context.Context, number int) error {
		if there[f.Set.Name(number).String()] {
			return nil
		}
		if err := f.Store.Put(ctx, f.Set.Clone(models[f.Set.Model(number)], number)); err != nil {
			return fmt.Errorf("storing pod %s: %w", f.Set.Name(number), err)
		}
		f.Tell(int(made.Add(1)))
		return nil
	})
}

// each does something for the numbers from first up to end, several at a time.
func each(ctx context.Context, first, end int, do func(context.Context, int) error) error {
	group, groupContext := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for number := first; number < end && groupContext.Err() == nil; number++ {
		group.Go(func() error { return do(groupContext, number) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}

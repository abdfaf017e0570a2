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

// Fill makes the Pods of the numbers below count, those that are not there yet,
// and tells now and then how many it has made. No Pod is ever changed.
func Fill(ctx context.Context, client kubernetes.Interface, store Store, count int, tell func(made int)) error {
	names, err := store.Names(ctx)
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
	models, err := makeModels(ctx, client, min(count, pods.Models))
	if err != nil {
		return err
	}
	var made atomic.Int64
	return each(ctx, pods.Models, count, func(ctx context.Context, number int) error {
		if there[pods.Name(number).String()] {
			return nil
		}
		if err := store.Put(ctx, pods.Clone(models[pods.Model(number)], number)); err != nil {
			return fmt.Errorf("storing pod %s: %w", pods.Name(number), err)
		}
		tell(int(made.Add(1)))
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

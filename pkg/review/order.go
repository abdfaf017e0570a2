package review

import (
	"context"
	"iter"
)

// ahead is how many results for each worker may wait for the one before them.
const ahead = 16

// inOrder does work on each item, so many at once, and takes the results in the
// order of the items. It ends with the first error of take, or that of ctx,
// when all work has ended; the items are read in a goroutine of their own.
func inOrder[Item, Result any](ctx context.Context, workers int, items iter.Seq[Item], work func(context.Context, Item) Result, take func(Result) error) error {
	type job struct {
		item Item
		done chan Result
	}
	ctx, cancel := context.WithCancel(ctx)
	todo, order := make(chan job), make(chan job, workers*ahead)
	ended := make(chan struct{}, workers)
	defer func() {
		cancel()
		for range workers {
			<-ended
		}
	}()
	go func() {
		defer close(order)
		defer close(todo)
		for item := range items {
			j := job{item, make(chan Result, 1)}
			for _, to := range []chan job{order, todo} {
				select {
				case to <- j:
				case <-ctx.Done():
					return
				}
			}
		}
	}()
	for range workers {
		go func() {
			defer func() { ended <- struct{}{} }()
			for {
				select {
				case <-ctx.Done():
					return
				case j, more := <-todo:
					if !more {
						return
					}
					j.done <- work(ctx, j.item)
				}
			}
		}()
	}
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case j, more := <-order:
			if !more {
				return ctx.Err()
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case result := <-j.done:
				if err := take(result); err != nil {
					return err
				}
			}
		}
	}
}

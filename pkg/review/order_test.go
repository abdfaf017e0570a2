package review

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestInOrder wants results in the order of the items, though every second item
// waits for the one behind it.
func TestInOrder(t *testing.T) {
	done := make([]chan bool, 200)
	items := []int{}
	for i := range done {
		done[i] = make(chan bool)
		items = append(items, i)
	}
	got := []int{}
	err := inOrder(t.Context(), 2, slices.Values(items), func(_ context.Context, i int) int {
		if i%2 == 0 {
			<-done[i+1]
		}
		close(done[i])
		return i
	}, func(i int) error {
		got = append(got, i)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(items, got); diff != "" {
		t.Error(diff)
	}
}

// TestInOrderEnds wants an error of the one who takes, or an end of the context,
// to end everything, with no work left behind.
func TestInOrderEnds(t *testing.T) {
	endless := func(yield func(int) bool) {
		for i := 0; yield(i); i++ {
		}
	}
	failed := errors.New("failed")
	ctx, cancel := context.WithCancel(t.Context())
	for name, tc := range map[string]struct {
		take func(int) error
		want error
	}{
		"error": {func(i int) error {
			if i == 50 {
				return failed
			}
			return nil
		}, failed},
		"context": {func(i int) error {
			if i == 50 {
				cancel()
			}
			return nil
		}, context.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := ctx
			if name == "error" {
				ctx = t.Context()
			}
			busy := make(chan struct{}, 3)
			err := inOrder(ctx, 3, endless, func(_ context.Context, i int) int {
				busy <- struct{}{}
				defer func() { <-busy }()
				return i
			}, tc.take)
			if !errors.Is(err, tc.want) {
				t.Errorf("error %v", err)
			}
			if len(busy) != 0 {
				t.Error("there is work left")
			}
		})
	}
}

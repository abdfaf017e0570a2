package cli

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// watched records what a watch of these answers tells, until there are no more
// and someone presses Ctrl-C. An error stands for a look that fails.
func watched(t *testing.T, answers []any, show func(string) error) (told []string, took time.Duration, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		started, next := time.Now(), 0
		look := func(ctx context.Context) (string, error) {
			if next == len(answers) {
				cancel()
				return "", ctx.Err()
			}
			next++
			failure, _ := answers[next-1].(error)
			text, _ := answers[next-1].(string)
			return text, failure
		}
		err = Watch(ctx, look,
			func(seen string) error { told = append(told, seen); return show(seen) },
			func(err error) { told = append(told, "failed: "+err.Error()) })
		took = time.Since(started)
	})
	return told, took, err
}

func TestWatch(t *testing.T) {
	away, further, closed := errors.New("away"), errors.New("further away"), errors.New("closed")
	fine := func(string) error { return nil }
	for name, tc := range map[string]struct {
		answers   []any
		show      func(string) error
		want      []string
		wantTime  time.Duration
		wantError error
	}{
		"changes": {
			[]any{"a", "a", "b", "b", "a"}, fine,
			[]string{"a", "b", "a"}, 10 * time.Second, context.Canceled,
		},
		"the server is away and comes back": {
			[]any{"a", away, further, "a", "b", away}, fine,
			[]string{"a", "failed: away", "b", "failed: away"}, 12 * time.Second, context.Canceled,
		},
		"the first look fails": {[]any{away}, fine, nil, 0, away},
		"the pipe is closed":   {[]any{"a", "b"}, func(seen string) error { return map[string]error{"b": closed}[seen] }, []string{"a", "b"}, 2 * time.Second, closed},
	} {
		t.Run(name, func(t *testing.T) {
			told, took, err := watched(t, tc.answers, tc.show)
			if diff := cmp.Diff(tc.want, told); diff != "" {
				t.Error(diff)
			}
			if !errors.Is(err, tc.wantError) || took != tc.wantTime {
				t.Errorf("want %v after %s, found %v after %s", tc.wantError, tc.wantTime, err, took)
			}
		})
	}
}

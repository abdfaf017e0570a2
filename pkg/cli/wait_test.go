package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// looks answers each look with the next line of a list, the last one for ever.
func looks(count *int, answers ...[]string) Look {
	return func(ctx context.Context) ([]string, error) {
		*count++
		return answers[min(*count, len(answers))-1], ctx.Err()
	}
}

// waiting waits in a bubble whose clock jumps to the end of each pause.
func waiting(t *testing.T, do func(t *testing.T, env *Env, errs *bytes.Buffer)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		errs := &bytes.Buffer{}
		do(t, &Env{Out: io.Discard, Err: errs, Now: time.Now, LookupEnv: func(string) (string, bool) { return "", false }}, errs)
		if errs.Len() > 0 {
			t.Errorf("want nothing but on a terminal, found %q", errs)
		}
	})
}

func TestUntil(t *testing.T) {
	broken := errors.New("broken")
	for name, tc := range map[string]struct {
		look func(count *int) Look
		// wantLooks and wantTime are what it takes.
		wantLooks int
		wantTime  time.Duration
		wantError string
	}{
		"at once": {
			look:      func(count *int) Look { return looks(count, nil) },
			wantLooks: 1,
		},
		"after a few looks": {
			look:      func(count *int) Look { return looks(count, []string{"a", "b"}, []string{"b"}, nil) },
			wantLooks: 3, wantTime: 625 * time.Millisecond,
		},
		"an error": {
			look: func(count *int) Look {
				return func(context.Context) ([]string, error) { *count++; return nil, broken }
			},
			wantLooks: 1, wantError: "broken",
		},
		"too late": {
			look:      func(count *int) Look { return looks(count, []string{"a", "b"}, []string{"b", "c"}) },
			wantLooks: 10, wantTime: 10 * time.Second,
			wantError: "timed out after 10s, still missing:\nb\nc",
		},
		"nothing was seen": {
			look: func(count *int) Look {
				return func(ctx context.Context) ([]string, error) { *count++; <-ctx.Done(); return nil, ctx.Err() }
			},
			wantLooks: 1, wantTime: 10 * time.Second,
			wantError: "timed out after 10s: context deadline exceeded",
		},
		"in the last moment": {
			look: func(count *int) Look {
				return func(ctx context.Context) ([]string, error) { *count++; <-ctx.Done(); return nil, nil }
			},
			wantLooks: 1, wantTime: 10 * time.Second,
		},
	} {
		t.Run(name, func(t *testing.T) {
			waiting(t, func(t *testing.T, env *Env, _ *bytes.Buffer) {
				w, count, started := Wait{Wait: true, Timeout: 10 * time.Second}, 0, time.Now()
				err := w.Until(t.Context(), env, "be patient", tc.look(&count))
				got := ""
				if err != nil {
					got = err.Error()
				}
				if diff := cmp.Diff(tc.wantError, got); diff != "" {
					t.Error(diff)
				}
				if count != tc.wantLooks || time.Since(started) != tc.wantTime {
					t.Errorf("want %d looks in %s, found %d in %s", tc.wantLooks, tc.wantTime, count, time.Since(started))
				}
				timedOut := tc.wantError != "" && tc.wantTime > 0
				if errors.Is(err, ErrTimeout) != timedOut || timedOut && !cmp.Equal(advice.Next(err), []string{"be patient"}) {
					t.Errorf("%#v, %v", err, advice.Next(err))
				}
			})
		})
	}
}

// TestUntilStops shows that Ctrl-C ends a wait within a pause, as an
// interruption and not as a timeout, even where a look does not notice.
func TestUntilStops(t *testing.T) {
	waiting(t, func(t *testing.T, env *Env, _ *bytes.Buffer) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(100*time.Millisecond, cancel)
		w, started := Wait{Wait: true, Timeout: time.Hour}, time.Now()
		err := w.Until(ctx, env, "", func(context.Context) ([]string, error) { return []string{"a"}, nil })
		if !errors.Is(err, context.Canceled) || errors.Is(err, ErrTimeout) || time.Since(started) != 100*time.Millisecond {
			t.Errorf("%v after %s", err, time.Since(started))
		}
	})
}

func TestUntilIsNotAskedFor(t *testing.T) {
	w := Wait{}
	if err := w.Until(t.Context(), nil, "", nil); err != nil {
		t.Error(err)
	}
}

func TestWaitFlags(t *testing.T) {
	for name, tc := range map[string]struct {
		args   []string
		always bool
		want   string
	}{
		"none":                 {nil, false, ""},
		"wait":                 {[]string{"--wait"}, false, ""},
		"both":                 {[]string{"--wait", "--timeout", "90s"}, false, ""},
		"timeout alone":        {[]string{"--timeout", "90s"}, false, "--timeout says how long --wait waits, and --wait is not given"},
		"the default, by name": {[]string{"--timeout", "5m"}, false, "--timeout says how long --wait waits, and --wait is not given"},
		"waiting always":       {[]string{"--timeout", "90s"}, true, ""},
		"always, but no time":  {[]string{"--timeout", "0s"}, true, "--timeout is 0s, it must be more than nothing"},
		"no time at all":       {[]string{"--wait", "--timeout", "0s"}, false, "--timeout is 0s, it must be more than nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			w, flags, got := &Wait{}, pflag.NewFlagSet("", pflag.ContinueOnError), ""
			w.AddFlags(flags, "Wait.")
			if tc.always {
				w.Always("something")
			}
			if err := flags.Parse(tc.args); err != nil {
				t.Fatal(err)
			}
			if err := w.Validate(); err != nil {
				got = err.Error()
			}
			if got != tc.want {
				t.Errorf("want %q, found %q", tc.want, got)
			}
		})
	}
}

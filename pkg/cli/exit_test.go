package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

func TestReport(t *testing.T) {
	running := t.Context()
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	late, done := context.WithTimeout(t.Context(), 0)
	defer done()
	for name, tc := range map[string]struct {
		ctx  context.Context
		err  error
		code int
		want string
	}{
		"nothing":               {running, nil, 0, ""},
		"nothing, after Ctrl-C": {stopped, nil, 0, ""},
		"a finding":             {running, fmt.Errorf("suite: %w", ErrFinding), 1, ""},
		"an error":              {running, errors.New("broken\nhere"), 2, "error: broken\n  here\n"},
		"an error with advice":  {running, advice.Errorf("mend it", "broken"), 2, "error: broken\n  → mend it\n"},
		"a wrong call":          {running, UsageError("kubectl opa x", "no %s", "y"), 2, "error: no y\n  → see kubectl opa x --help\n"},
		"nothing evaluated":     {running, advice.Wrap(fmt.Errorf("%w: no files", ErrNothing), "name some"), 3, "error: nothing was evaluated: no files\n  → name some\n"},
		"Ctrl-C":                {stopped, fmt.Errorf("reading x: %w", context.Canceled), 130, "error: interrupted\n"},
		"an error, then Ctrl-C": {stopped, errors.New("broken"), 2, "error: broken\n"},
		"canceled by others":    {running, context.Canceled, 2, "error: context canceled\n"},
		"too late":              {late, context.DeadlineExceeded, 2, "error: context deadline exceeded\n"},
	} {
		t.Run(name, func(t *testing.T) {
			env, out, errs := process(nil)
			if code := env.Report(tc.ctx, tc.err); code != tc.code {
				t.Errorf("want %d, found %d", tc.code, code)
			}
			if diff := cmp.Diff(tc.want, errs.String()); diff != "" || out.Len() > 0 {
				t.Errorf("stdout %q, stderr %s", out, diff)
			}
		})
	}
}

// TestRedact shows that no message gets past what takes values out of them.
func TestRedact(t *testing.T) {
	env, _, errs := process(nil)
	env.Redact = func(text string) string { return strings.ReplaceAll(text, "hunter2\n", "<redacted>") }
	env.Say("say hunter2\n.")
	env.Warn("warn hunter2\n.")
	env.Report(t.Context(), advice.Errorf("next hunter2\n.", "error hunter2\n."))
	want := "say <redacted>.\nwarning: warn <redacted>.\nerror: error <redacted>.\n  → next <redacted>.\n"
	if diff := cmp.Diff(want, errs.String()); diff != "" {
		t.Error(diff)
	}
	env = NewEnv()
	env.Err = errs
	env.Redact = strings.ToUpper
	errs.Reset()
	env.observer.Trace("get x")
	env.observer.Warn("y")
	if diff := cmp.Diff("GET X\nwarning: Y\n", errs.String()); diff != "" {
		t.Error(diff)
	}
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// Wait is the --wait and --timeout of commands whose effect comes later.
type Wait struct {
	Wait    bool
	Timeout time.Duration

	flags *pflag.FlagSet
	// always says that something is waited for without --wait too.
	always bool
}

// AddFlags registers the flags; usage says what --wait waits for.
func (w *Wait) AddFlags(flags *pflag.FlagSet, usage string) {
	w.flags = flags
	flags.BoolVar(&w.Wait, "wait", false, usage)
	flags.DurationVar(&w.Timeout, "timeout", 5*time.Minute, "How long --wait waits, such as 90s or 10m.")
}

// Always says that the command waits for something without --wait too, so that
// --timeout alone bounds that.
func (w *Wait) Always(something string) {
	w.always = true
	w.flags.Lookup("timeout").Usage = "How long to wait for " + something + ", and with --wait after that, such as 90s or 10m."
}

// Regardless is the wait for what is waited for without --wait too.
func (w Wait) Regardless() *Wait {
	w.Wait = true
	return &w
}

// Validate refuses a --timeout that nothing waits for.
func (w *Wait) Validate() error {
	switch {
	case w.flags == nil:
		return nil
	case w.flags.Changed("timeout") && !w.Wait && !w.always:
		return advice.Errorf("add --wait, or leave --timeout out", "--timeout says how long --wait waits, and --wait is not given")
	case w.Timeout <= 0:
		return advice.Errorf("give a duration such as 90s or 10m", "--timeout is %s, it must be more than nothing", w.Timeout)
	}
	return nil
}

// ErrTimeout says that something did not happen in time.
var ErrTimeout = errors.New("timed out")

// Look says what is still missing, a line each; none ends the wait. An error
// ends it too.
type Look func(ctx context.Context) (missing []string, err error)

// Until looks again and again until nothing is missing. The error after the
// timeout says what still was. What it waits for is shown on a terminal.
func (w *Wait) Until(ctx context.Context, env *Env, next string, look Look) error {
	if !w.Wait {
		return nil
	}
	limited, cancel := context.WithTimeout(ctx, w.Timeout)
	defer cancel()
	progress := env.NewProgress()
	defer progress.Done()
	missing := []string{}
	for pause := newPause(); ; {
		found, err := look(limited)
		if err == nil {
			missing = found
		}
		switch {
		case err == nil && len(found) == 0:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case limited.Err() != nil:
			return advice.Wrap(w.timedOut(missing, err), "%s", next)
		case err != nil:
			return err
		}
		progress.Say(fmt.Sprintf("waiting %s: %s", progress.Elapsed(), strings.Join(missing, ", ")))
		// The end of the wait is told after one more look.
		pause.wait(limited)
	}
}

// timedOut is the error after the timeout: what was missing at the last look
// that succeeded, else why none did.
func (w *Wait) timedOut(missing []string, err error) error {
	if len(missing) == 0 {
		return fmt.Errorf("%w after %s: %w", ErrTimeout, w.Timeout, err)
	}
	return fmt.Errorf("%w after %s, still missing:\n%s", ErrTimeout, w.Timeout, strings.Join(missing, "\n"))
}

// pause is the time between two looks: short at first, for what happens at
// once, then such that waiting costs the server little.
type pause struct{ next time.Duration }

// longest is the longest pause: what people take for live.
const longest = 2 * time.Second

func newPause() *pause { return &pause{next: 250 * time.Millisecond} }

func steadyPause() *pause { return &pause{next: longest} }

func (p *pause) wait(ctx context.Context) {
	timer := time.NewTimer(p.next)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
	p.next = min(p.next*3/2, longest)
}

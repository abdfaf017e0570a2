package cli

import (
	"time"

	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

// quiet is how long something goes on before it says so.
const quiet = 500 * time.Millisecond

// Progress is what a command that takes its time says about it: a line on a
// terminal's stderr, nothing in a pipe.
type Progress struct {
	now     func() time.Time
	started time.Time
	line    *ui.StatusLine
}

// NewProgress starts the clock.
func (e *Env) NewProgress() *Progress {
	return &Progress{now: e.Now, started: e.Now(), line: ui.NewStatusLine(e.Err, e.ErrTheme())}
}

// Elapsed is the time since the start, in whole seconds.
func (p *Progress) Elapsed() time.Duration { return p.now().Sub(p.started).Round(time.Second) }

// Say shows what is being done, once it has taken more than a moment.
func (p *Progress) Say(text string) {
	if p.now().Sub(p.started) > quiet {
		p.line.Show(text)
	}
}

// Done takes the line away. Whatever else is printed comes after it.
func (p *Progress) Done() { p.line.Clear() }

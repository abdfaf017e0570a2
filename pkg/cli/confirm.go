package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

// Confirmation is the --yes of commands that ask first.
type Confirmation struct {
	Yes bool
}

// AddFlags registers --yes.
func (c *Confirmation) AddFlags(flags *pflag.FlagSet) {
	flags.BoolVarP(&c.Yes, "yes", "y", false, "Do not ask, do it.")
}

// ErrDeclined says that the user did not agree.
var ErrDeclined = errors.New("nothing was changed: not confirmed")

// Ask puts a question to the user. Only "y" and "yes" agree; without a
// terminal and --yes it refuses. The context ends the wait.
func (c *Confirmation) Ask(ctx context.Context, env *Env, question string) error {
	if c.Yes {
		return nil
	}
	if !env.Interactive() {
		return advice.Wrap(ErrDeclined, "there is no terminal to ask on: give --yes if you mean it")
	}
	_, _ = fmt.Fprintf(env.Err, "%s %s ", env.ErrTheme().Paint(ui.Strong, question), "[y/N]")
	answer := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(env.In).ReadString('\n')
		answer <- line
	}()
	select {
	case <-ctx.Done():
		_, _ = fmt.Fprintln(env.Err)
		return ctx.Err()
	case line := <-answer:
		if line == "" {
			_, _ = fmt.Fprintln(env.Err)
		}
		switch strings.ToLower(strings.TrimSpace(line)) {
		case "y", "yes":
			return nil
		}
		return ErrDeclined
	}
}

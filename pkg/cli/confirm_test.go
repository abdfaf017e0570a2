package cli

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// TestAskWithoutATerminal shows that nobody is asked who cannot answer. The
// scripts answer on a terminal.
func TestAskWithoutATerminal(t *testing.T) {
	for _, yes := range []bool{false, true} {
		env, out, errs := process(nil)
		err := (&Confirmation{Yes: yes}).Ask(t.Context(), env, "Delete all?")
		next := []string{}
		if !yes {
			next = append(next, "there is no terminal to ask on: give --yes if you mean it")
		}
		if errors.Is(err, ErrDeclined) == yes || !cmp.Equal(next, advice.Next(err)) {
			t.Errorf("--yes=%v: %v, next %q", yes, err, advice.Next(err))
		}
		if out.Len()+errs.Len() > 0 {
			t.Errorf("--yes=%v: stdout %q, stderr %q", yes, out, errs)
		}
	}
}

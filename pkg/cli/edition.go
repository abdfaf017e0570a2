package cli

import (
	"context"

	"github.com/spf13/pflag"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
)

// Edition is the --edition of commands for which it matters.
type Edition struct {
	Value string
	// running is the edition that runs, once it was looked for.
	running *fleet.Edition
}

// AddFlags registers --edition.
func (e *Edition) AddFlags(flags *pflag.FlagSet) {
	flags.StringVar(&e.Value, "edition", "", "KKP's edition, ce or ee; read from the KubermaticConfiguration where that can be read.")
	Offer(flags, "edition", string(fleet.Community), string(fleet.Enterprise))
}

// Validate refuses an unknown edition.
func (e *Edition) Validate() error {
	switch fleet.Edition(e.Value) {
	case fleet.Unknown, fleet.Community, fleet.Enterprise:
		return nil
	}
	return advice.Errorf("choose ce or ee", "unknown --edition %q", e.Value)
}

// Resolve returns the edition: the flag's, else the one that runs, which is
// read once. Where it cannot be read there is one warning, and it is unknown.
func (e *Edition) Resolve(ctx context.Context, env *Env, kkp platform.KKP) fleet.Edition {
	if e.Value != "" {
		return fleet.Edition(e.Value)
	}
	if e.running == nil {
		edition, err := kkp.Edition(ctx)
		if err != nil {
			env.Warn("KKP's edition is unknown, taking it for the Enterprise Edition (--edition says which): " + err.Error())
		}
		e.running = &edition
	}
	return *e.running
}

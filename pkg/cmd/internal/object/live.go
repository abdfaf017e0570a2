package object

import (
	"context"
	"errors"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
)

// Live is KKP as the checks of a change see it.
type Live struct {
	platform.KKP
	env     *cli.Env
	flag    *cli.Edition
	edition *fleet.Edition
}

func newLive(env *cli.Env, kkp platform.KKP, edition *cli.Edition) *Live {
	return &Live{KKP: kkp, env: env, flag: edition}
}

// Edition is KKP's edition, read when it is first needed. Where it cannot be
// read there is one warning.
func (l *Live) Edition(ctx context.Context) fleet.Edition {
	if l.edition == nil {
		edition := l.flag.Resolve(ctx, l.env, l.KKP)
		l.edition = &edition
	}
	return *l.edition
}

// Warn prints a warning.
func (l *Live) Warn(text string) { l.env.Warn(text) }

// Unreadable tells whether an error says only that this user may not read
// something. There is a warning then, of what is not known without it; the
// rest of the command can go on.
func (l *Live) Unreadable(err error, unknown string) bool {
	if !errors.Is(err, kube.ErrForbidden) {
		return false
	}
	l.Warn(unknown + ": " + err.Error())
	return true
}

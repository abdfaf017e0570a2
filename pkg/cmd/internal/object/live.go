package object

import (
	"context"
	"errors"
	"slices"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
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
	// planned are the templates that the same change brings.
	planned []kubermaticv1.ConstraintTemplate
	warned  map[string]bool
}

func newLive(env *cli.Env, kkp platform.KKP, edition *cli.Edition) *Live {
	return &Live{KKP: kkp, env: env, flag: edition, warned: map[string]bool{}}
}

// Templates are those on the cluster, and before them those that the same
// change brings.
func (l *Live) Templates(ctx context.Context) ([]kubermaticv1.ConstraintTemplate, error) {
	there, err := l.KKP.Templates(ctx)
	return slices.Concat(l.planned, there), err
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

// Warn prints a warning, the same one once.
func (l *Live) Warn(text string) {
	if l.warned[text] {
		return
	}
	l.warned[text] = true
	l.env.Warn(text)
}

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

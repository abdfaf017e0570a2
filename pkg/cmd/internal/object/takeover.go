package object

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
)

// askTakeover shows what else the change of these objects hits, and asks where
// there is anything.
func (o *changeOptions) askTakeover(ctx context.Context, steps []step) error {
	if o.noun.Takeover == nil {
		return nil
	}
	names := []string{}
	for _, step := range steps {
		lines, err := o.noun.Takeover(ctx, o.live, step.before, step.Object)
		if err != nil {
			return err
		}
		if len(lines) == 0 {
			continue
		}
		names = append(names, step.Object.GetName())
		o.show(lines)
	}
	if len(names) == 0 || o.output.Mode != "none" {
		return nil
	}
	return o.confirm.Ask(ctx, o.env, fmt.Sprintf("Go on with %s %s?", o.noun.Name, strings.Join(names, ", ")))
}

// show prints what a change hits, where the question about it stands.
func (o *changeOptions) show(lines []string) {
	for _, line := range lines {
		_, _ = fmt.Fprintln(o.env.Err, line)
	}
}

// hintExisting says how to change what is there already.
func (o *changeOptions) hintExisting(err error) error {
	if !errors.Is(err, kube.ErrExists) {
		return err
	}
	return advice.Wrap(err, "to change it: %s", o.noun.Exists)
}

// refuseIdle refuses to wait for what never comes, before anything is changed.
func (o *changeOptions) refuseIdle(ctx context.Context) error {
	if !o.wait.Wait || o.output.Mode != "none" || o.noun.Idle == nil {
		return nil
	}
	return o.noun.Idle(ctx, o.live)
}

// await waits, where that is wanted, until the platform has followed all
// changes.
func (o *changeOptions) await(ctx context.Context, done []cli.Change, failed error) error {
	if failed != nil || o.output.Mode != "none" || o.noun.Missing == nil {
		return nil
	}
	return o.wait.Until(ctx, o.env, "KKP goes on by itself; see what it did with kubectl opa status",
		func(ctx context.Context) ([]string, error) {
			missing := []string{}
			for _, change := range done {
				lines, err := o.noun.Missing(ctx, o.live, change.Object)
				if err != nil {
					return nil, err
				}
				missing = append(missing, lines...)
			}
			return missing, nil
		})
}

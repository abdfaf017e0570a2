package object

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
)

// askTakeover shows what else the change of these objects hits, and asks where
// there is anything.
func (o *changeOptions) askTakeover(ctx context.Context, steps []step) error {
	if o.Takeover == nil {
		return nil
	}
	names := []string{}
	for _, step := range steps {
		lines, err := o.Takeover(ctx, o.live, step.before, step.Object)
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
	return o.confirm.Ask(ctx, o.env, fmt.Sprintf("Go on with %s %s?", o.Name, strings.Join(names, ", ")))
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
	return advice.Wrap(err, "to change it: %s", o.Exists)
}

// refuseIdle refuses to wait for what never comes, before anything is changed.
func (o *changeOptions) refuseIdle(ctx context.Context) error {
	switch {
	case !o.wait.Wait || o.output.Mode != "none":
		return nil
	case o.Missing == nil:
		return advice.Errorf("leave --wait out", "--wait is not for KKP's %s: see with kubectl opa status --wait when the user clusters have them", o.Plural)
	case o.Idle == nil:
		return nil
	}
	return o.Idle(ctx, o.live)
}

// await waits, where that is wanted, until the platform has followed all
// changes.
func (o *changeOptions) await(ctx context.Context, done []cli.Change, failed error) error {
	if failed != nil || o.output.Mode != "none" || o.Missing == nil {
		return nil
	}
	return o.wait.Until(ctx, o.env, o.Next, func(ctx context.Context) ([]string, error) {
		missing := []string{}
		for _, change := range done {
			lines, err := o.Missing(ctx, o.live, change.Object)
			if err != nil {
				return nil, err
			}
			missing = append(missing, lines...)
		}
		return missing, nil
	})
}

// awaitReady waits for what has to be there before an object can be sent.
func (o *changeOptions) awaitReady(ctx context.Context, object *unstructured.Unstructured) error {
	if o.Unready == nil {
		return nil
	}
	if o.output.Server() {
		missing, err := o.Unready(ctx, o.live, object)
		if err == nil && len(missing) > 0 {
			err = advice.Errorf("run it again when that is there", "a dry run waits for nothing: %s", strings.Join(missing, ", "))
		}
		return err
	}
	return o.wait.Regardless().Until(ctx, o.env, o.Next, func(ctx context.Context) ([]string, error) {
		return o.Unready(ctx, o.live, object)
	})
}

package object

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
)

// Delete makes the verb that deletes objects, under the name that the noun has
// for it. It shows what goes with them and asks first.
func Delete(env *cli.Env, noun Noun, verb string) *cobra.Command {
	o := &changeOptions{env: env, noun: noun}
	confirmation := &cli.Confirmation{}
	command := &cobra.Command{
		Use:   verb + " NAME...",
		Short: "Delete one " + noun.Name + " or several, after asking",
		Args:  cli.Args(1, -1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.output.DryRun.Validate(); err != nil {
				return err
			}
			done, err := o.delete(cmd.Context(), confirmation, args)
			return errors.Join(o.output.Print(env, done), err)
		},
	}
	flags := command.Flags()
	o.output.DryRun.AddFlags(flags)
	o.cluster.addFlags(env, command, noun)
	confirmation.AddFlags(flags)
	completeNames(env, noun, &o.cluster, command)
	return command
}

func (o *changeOptions) delete(ctx context.Context, confirmation *cli.Confirmation, names []string) ([]cli.Change, error) {
	kkp, client, place, err := o.cluster.connect(ctx, o.env, o.noun, true)
	if err != nil {
		return nil, err
	}
	plan, err := o.planDeletion(ctx, kkp, place, names)
	if err != nil {
		return nil, err
	}
	if o.output.Mode == "none" {
		question := fmt.Sprintf("Delete %s %s?", o.noun.Name, strings.Join(names, ", "))
		if err := confirmation.Ask(ctx, o.env, question); err != nil {
			return nil, err
		}
	}
	done := []cli.Change{}
	for _, change := range plan {
		if !o.output.Client() {
			err := client.Delete(ctx, place, change.Object.GetName(), kube.ChangeOptions{DryRun: o.output.Server()})
			if err != nil {
				return done, err
			}
		}
		done = append(done, change)
	}
	return done, nil
}

// planDeletion reads what is to be deleted and prints what goes with it.
func (o *changeOptions) planDeletion(ctx context.Context, kkp platform.KKP, place platform.Place, names []string) ([]cli.Change, error) {
	plan := []cli.Change{}
	for _, name := range names {
		object, err := kkp.Get(ctx, place, name)
		if err != nil {
			return nil, err
		}
		if o.noun.Guard != nil {
			if err := o.noun.Guard(object); err != nil {
				return nil, err
			}
		}
		plan = append(plan, cli.Change{Object: object, Outcome: kube.Deleted})
		if o.noun.Consequences == nil {
			continue
		}
		lines, err := o.noun.Consequences(ctx, kkp, object)
		if err != nil {
			return nil, err
		}
		for _, line := range lines {
			if _, err := fmt.Fprintln(o.env.Err, line); err != nil {
				return nil, err
			}
		}
	}
	return plan, nil
}

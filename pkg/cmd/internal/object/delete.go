package object

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
)

// Delete makes the verb delete, or remove, which asks first.
func Delete(env *cli.Env, nouns Nouns, verb string) *cobra.Command {
	o, noun := newChange(env, nouns, ""), nouns.KKP
	command := &cobra.Command{
		Use:   verb + " NAME...",
		Short: "Delete one " + noun.Name + " or several, after asking",
		Args:  cli.Args(1, -1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.validate(); err != nil {
				return err
			}
			done, err := o.delete(cmd.Context(), distinct(args))
			return errors.Join(o.output.Print(env, done), err)
		},
	}
	flags := command.Flags()
	o.output.AddFlags(flags)
	o.edition.AddFlags(flags)
	o.where.addFlags(command)
	o.confirm.AddFlags(flags)
	o.wait.AddFlags(flags, "Wait until the "+noun.Name+" is gone, with all that the platform does before.")
	if noun.Dependents != nil {
		o.wait.Always("what has to be gone before the " + noun.Name)
	}
	completeNames(&o.where, command)
	return command
}

// distinct are the names, each once.
func distinct(names []string) []string {
	seen := map[string]bool{}
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		again := seen[name]
		seen[name] = true
		return again
	})
}

// deletion is one object to delete, and what has to be gone before.
type deletion struct {
	place      platform.Place
	object     *unstructured.Unstructured
	dependents []Dependent
	taken      []Dependent
}

func (o *changeOptions) delete(ctx context.Context, names []string) ([]cli.Change, error) {
	var err error
	if o.site, err = o.where.connect(ctx); err != nil {
		return nil, err
	}
	if o.live.wait = &o.wait; o.Before != nil {
		if err := o.Before(ctx, o.live); err != nil {
			return nil, err
		}
	}
	plan, err := o.planDeletion(ctx, names)
	if err != nil {
		return nil, err
	}
	if o.output.Mode == "none" {
		question := fmt.Sprintf("Delete %s %s?", o.Name, strings.Join(names, ", "))
		if err := o.confirm.Ask(ctx, o.env, question); err != nil {
			return nil, err
		}
	}
	done := []cli.Change{}
	gone := []Dependent{}
	for _, deletion := range plan {
		before, err := o.deleteDependents(ctx, deletion)
		done = append(done, before...)
		if err != nil {
			return done, fmt.Errorf("%s %q was not deleted: %w", o.Name, deletion.object.GetName(), err)
		}
		if err := o.deleteOne(ctx, deletion.place, deletion.object.GetName()); err != nil {
			return done, err
		}
		done = append(done, cli.Change{Object: deletion.object, Outcome: kube.Deleted})
		gone = append(append(gone, Dependent{deletion.place, deletion.object.GetName()}), deletion.taken...)
	}
	if done, err = o.follow(ctx, done); err != nil {
		return done, err
	}
	return done, o.awaitGone(ctx, &o.wait, gone)
}

// planDeletion reads what is to be deleted and prints what goes with it, once
// it is known that all of it is there.
func (o *changeOptions) planDeletion(ctx context.Context, names []string) ([]deletion, error) {
	plan, err := o.readDeletions(ctx, names)
	if err != nil {
		return nil, err
	}
	if o.Consequences != nil {
		objects := []*unstructured.Unstructured{}
		for _, deletion := range plan {
			objects = append(objects, deletion.object)
		}
		lines, err := o.Consequences(ctx, o.live, objects)
		if err != nil {
			return nil, err
		}
		o.show(lines)
	}
	for i := range plan {
		if o.Dependents != nil {
			if plan[i].dependents, err = o.Dependents(ctx, o.live, plan[i].object); err != nil {
				return nil, err
			}
		}
		if o.Taken != nil && o.wait.Wait {
			if plan[i].taken, err = o.Taken(ctx, o.live, plan[i].object); err != nil {
				return nil, err
			}
		}
	}
	return plan, nil
}

// readDeletions reads what is to be deleted, and says of all names together
// why that cannot be.
func (o *changeOptions) readDeletions(ctx context.Context, names []string) ([]deletion, error) {
	plan := []deletion{}
	failed := []error{}
	for _, name := range names {
		place, object, err := o.get(ctx, name)
		if err == nil && o.Guard != nil {
			err = o.Guard(object)
		}
		if err != nil {
			failed = append(failed, o.hintMissing(err))
			continue
		}
		plan = append(plan, deletion{place: place, object: object})
	}
	return plan, errors.Join(failed...)
}

func (o *changeOptions) deleteOne(ctx context.Context, place platform.Place, name string) error {
	if o.output.Client() {
		return nil
	}
	return o.store().Delete(ctx, place, name, kube.ChangeOptions{DryRun: o.output.Server()})
}

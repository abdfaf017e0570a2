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
func Delete(env *cli.Env, noun Noun, verb string) *cobra.Command {
	o := &changeOptions{env: env, noun: noun}
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
	o.cluster.addFlags(env, command, noun)
	o.confirm.AddFlags(flags)
	o.wait.AddFlags(flags, "Wait until the "+noun.Name+" is gone, with all that KKP does before.")
	if noun.Dependents != nil {
		o.wait.Always("what has to be gone before the " + noun.Name)
	}
	completeNames(env, noun, &o.cluster, command)
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
	object     *unstructured.Unstructured
	dependents []Dependent
}

func (o *changeOptions) delete(ctx context.Context, names []string) ([]cli.Change, error) {
	kkp, client, place, err := o.cluster.connect(ctx, o.env, o.noun, true)
	if err != nil {
		return nil, err
	}
	o.client, o.live = client, newLive(o.env, kkp, &o.edition)
	plan, err := o.planDeletion(ctx, place, names)
	if err != nil {
		return nil, err
	}
	if o.output.Mode == "none" {
		question := fmt.Sprintf("Delete %s %s?", o.noun.Name, strings.Join(names, ", "))
		if err := o.confirm.Ask(ctx, o.env, question); err != nil {
			return nil, err
		}
	}
	done := []cli.Change{}
	for _, deletion := range plan {
		before, err := o.deleteDependents(ctx, deletion)
		done = append(done, before...)
		if err != nil {
			return done, fmt.Errorf("%s %q was not deleted: %w", o.noun.Name, deletion.object.GetName(), err)
		}
		if err := o.deleteOne(ctx, place, deletion.object.GetName()); err != nil {
			return done, err
		}
		done = append(done, cli.Change{Object: deletion.object, Outcome: kube.Deleted})
	}
	gone := []Dependent{}
	for _, name := range names {
		gone = append(gone, Dependent{place, name})
	}
	return done, o.awaitGone(ctx, o.wait, gone)
}

// planDeletion reads what is to be deleted and prints what goes with it, once
// it is known that all of it is there.
func (o *changeOptions) planDeletion(ctx context.Context, place platform.Place, names []string) ([]deletion, error) {
	objects, err := o.readDeletions(ctx, place, names)
	if err != nil {
		return nil, err
	}
	if o.noun.Consequences != nil {
		lines, err := o.noun.Consequences(ctx, o.live, objects)
		if err != nil {
			return nil, err
		}
		o.show(lines)
	}
	plan := []deletion{}
	for _, object := range objects {
		planned := deletion{object: object}
		if o.noun.Dependents != nil {
			if planned.dependents, err = o.noun.Dependents(ctx, o.live, object); err != nil {
				return nil, err
			}
		}
		plan = append(plan, planned)
	}
	return plan, nil
}

// readDeletions reads what is to be deleted, and says of all names together
// why that cannot be.
func (o *changeOptions) readDeletions(ctx context.Context, place platform.Place, names []string) ([]*unstructured.Unstructured, error) {
	objects := []*unstructured.Unstructured{}
	failed := []error{}
	for _, name := range names {
		object, err := o.live.Get(ctx, place, name)
		if err == nil && o.noun.Guard != nil {
			err = o.noun.Guard(object)
		}
		if err != nil {
			failed = append(failed, o.noun.hintMissing(err))
			continue
		}
		objects = append(objects, object)
	}
	return objects, errors.Join(failed...)
}

func (o *changeOptions) deleteOne(ctx context.Context, place platform.Place, name string) error {
	if o.output.Client() {
		return nil
	}
	return o.client.Delete(ctx, place, name, kube.ChangeOptions{DryRun: o.output.Server()})
}

package object

import (
	"context"
	"errors"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
)

// Set makes the verb set: it changes the named fields of an object that
// exists, and no other.
func Set(env *cli.Env, noun Noun, builder Builder, example string) *cobra.Command {
	o := &changeOptions{env: env, noun: noun}
	command := &cobra.Command{
		Use:     "set NAME",
		Short:   "Change fields of a " + noun.Name + " that exists",
		Long:    "Change the named fields of a " + noun.Name + " that exists, and no other. An empty value removes a field.",
		Example: example,
		Args:    cli.Args(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.validate(); err != nil {
				return err
			}
			if !builder.Given() {
				return cli.UsageError(cmd.CommandPath(), "say what to change: none of the fields' flags is given")
			}
			return o.runPatch(cmd.Context(), args, o.fill(cmd.Context(), builder))
		},
	}
	o.addFlags(command)
	builder.AddFlags(command.Flags(), true)
	completeNames(env, noun, &o.cluster, command)
	return command
}

// SetTo completes a command that changes the object of its first argument in
// the way that the other arguments say.
func SetTo(env *cli.Env, noun Noun, command *cobra.Command, fill func(args []string, document manifest.Document) (manifest.Document, error)) {
	o := &changeOptions{env: env, noun: noun}
	command.RunE = func(cmd *cobra.Command, args []string) error {
		if err := o.validate(); err != nil {
			return err
		}
		return o.runPatch(cmd.Context(), args[:1], o.checked(cmd.Context(), func(document manifest.Document) (manifest.Document, error) {
			return fill(args[1:], document)
		}))
	}
	o.addFlags(command)
	completeNames(env, noun, &o.cluster, command)
}

// Switch makes the verbs enable and disable, which set and remove
// spec.disabled.
func Switch(env *cli.Env, noun Noun, on bool) *cobra.Command {
	o := &changeOptions{env: env, noun: noun}
	use, short := "enable", "Enforce "+noun.Plural+" that were disabled"
	if !on {
		use, short = "disable", "Keep "+noun.Plural+" and enforce them nowhere (Enterprise Edition)"
	}
	command := &cobra.Command{
		Use:     use + " NAME...",
		Short:   short,
		Example: "  kubectl opa " + noun.Name + " " + use + " ns-must-have-gk" + noun.exampleCluster(),
		Args:    cli.Args(1, -1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.validate(); err != nil {
				return err
			}
			return o.runPatch(cmd.Context(), args, func(object *unstructured.Unstructured) error {
				if on {
					// Somebody's own "disabled: false" says the same and stays.
					if disabled, _, _ := unstructured.NestedBool(object.Object, "spec", "disabled"); disabled {
						unstructured.RemoveNestedField(object.Object, "spec", "disabled")
					}
					return nil
				}
				return unstructured.SetNestedField(object.Object, true, "spec", "disabled")
			})
		},
	}
	o.addFlags(command)
	completeNames(env, noun, &o.cluster, command)
	return command
}

func (n Noun) exampleCluster() string {
	if n.PerCluster {
		return " -c my-cluster"
	}
	return ""
}

// fill sets the fields of the builder's flags.
func (o *changeOptions) fill(ctx context.Context, builder Builder) func(*unstructured.Unstructured) error {
	return o.checked(ctx, builder.Fill)
}

// checked fills a document and lets nothing through that create or apply would
// refuse.
func (o *changeOptions) checked(ctx context.Context, fill func(manifest.Document) (manifest.Document, error)) func(*unstructured.Unstructured) error {
	return func(object *unstructured.Unstructured) error {
		document, err := fill(manifest.New(object.Object))
		if err != nil {
			return err
		}
		intent, err := o.noun.Read(ctx, document)
		if err != nil {
			return err
		}
		check, err := o.checker(ctx)
		if err != nil {
			return err
		}
		return Explain(document, check(intent.Object))
	}
}

// runPatch changes fields of the named objects, one after the other, and goes
// on where the server refuses one.
func (o *changeOptions) runPatch(ctx context.Context, names []string, change func(*unstructured.Unstructured) error) error {
	done, err := o.patch(ctx, names, change)
	return errors.Join(o.output.Print(o.env, done), err, o.await(ctx, done, err))
}

func (o *changeOptions) patch(ctx context.Context, names []string, change func(*unstructured.Unstructured) error) ([]cli.Change, error) {
	if err := o.connect(ctx); err != nil {
		return nil, err
	}
	place, err := o.cluster.place(ctx, o.live.KKP, o.noun, o.env.GivenNamespace(), "")
	if err == nil {
		err = o.noun.single(place)
	}
	if err != nil {
		return nil, err
	}
	guarded := func(object *unstructured.Unstructured) error {
		if o.noun.Guard != nil {
			if err := o.noun.Guard(object); err != nil {
				return err
			}
		}
		return change(object)
	}
	if err := o.rehearse(ctx, place, names, guarded); err != nil {
		return nil, err
	}
	if err := o.askPatched(ctx, place, names, guarded); err != nil {
		return nil, err
	}
	options := kube.ChangeOptions{DryRun: o.output.Server(), Preview: o.output.Client()}
	done := []cli.Change{}
	failed := []error{}
	for _, name := range names {
		var before *unstructured.Unstructured
		object, outcome, err := o.client.Patch(ctx, place, name, options, func(object *unstructured.Unstructured) error {
			before = object.DeepCopy()
			return guarded(object)
		})
		if err != nil {
			failed = append(failed, o.noun.hintMissing(err))
			continue
		}
		done = append(done, cli.Change{Object: object, Outcome: outcome})
		o.remark(ctx, before, object)
	}
	return done, errors.Join(failed...)
}

// rehearse finds the names among several that cannot be changed, before the
// first object is.
func (o *changeOptions) rehearse(ctx context.Context, place platform.Place, names []string, change func(*unstructured.Unstructured) error) error {
	if len(names) == 1 {
		return nil
	}
	failed := []error{}
	for _, name := range names {
		_, _, err := o.client.Patch(ctx, place, name, kube.ChangeOptions{Preview: true}, change)
		failed = append(failed, o.noun.hintMissing(err))
		if errors.Is(err, kube.ErrForbidden) {
			// So are the others: once is enough.
			break
		}
	}
	return errors.Join(failed...)
}

// hintMissing says how to find the name that was meant.
func (n Noun) hintMissing(err error) error {
	if !errors.Is(err, kube.ErrNotFound) {
		return err
	}
	return advice.Wrap(err, "see what is there: kubectl opa %s list", n.Name)
}

// askPatched asks where the change of a field makes objects take something
// over. What fails here fails again when it is sent, and is told then.
func (o *changeOptions) askPatched(ctx context.Context, place platform.Place, names []string, change func(*unstructured.Unstructured) error) error {
	if o.noun.Takeover == nil {
		return nil
	}
	steps := []step{}
	for _, name := range names {
		before, err := o.live.Get(ctx, place, name)
		if err != nil {
			continue
		}
		wanted := before.DeepCopy()
		if change(wanted) == nil {
			steps = append(steps, step{Intent: Intent{Object: wanted}, place: place, before: before})
		}
	}
	return o.askTakeover(ctx, steps)
}

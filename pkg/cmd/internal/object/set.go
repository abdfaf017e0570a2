package object

import (
	"context"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
)

// Set makes the verb set: it changes the named fields of an object that
// exists, and no other.
func Set(env *cli.Env, nouns Nouns, builder Builder, example string) *cobra.Command {
	o, noun := newChange(env, nouns, ""), nouns.KKP
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
			return o.runPatch(cmd.Context(), args, o.checked(cmd.Context(), builder.Fill))
		},
	}
	o.addFlags(command)
	builder.AddFlags(command.Flags(), true)
	completeNames(&o.where, command)
	return command
}

// SetTo completes a command that changes the object of its first argument in
// the way that the other arguments say.
func SetTo(env *cli.Env, nouns Nouns, command *cobra.Command, fill func(args []string, document manifest.Document) (manifest.Document, error)) {
	o := newChange(env, nouns, "")
	command.RunE = func(cmd *cobra.Command, args []string) error {
		if err := o.validate(); err != nil {
			return err
		}
		return o.runPatch(cmd.Context(), args[:1], o.checked(cmd.Context(), func(document manifest.Document) (manifest.Document, error) {
			return fill(args[1:], document)
		}))
	}
	o.addFlags(command)
	completeNames(&o.where, command)
}

// checked fills a document and lets nothing through that create or apply would
// refuse.
func (o *changeOptions) checked(ctx context.Context, fill func(manifest.Document) (manifest.Document, error)) func(*unstructured.Unstructured) error {
	return func(object *unstructured.Unstructured) error {
		document, err := fill(manifest.New(object.Object))
		if err != nil {
			return err
		}
		intent, err := o.Read(ctx, document)
		if err != nil {
			return err
		}
		return Explain(document, o.check(ctx, intent.Object))
	}
}

package object

import (
	"context"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
)

// Render makes the verb that prints what Gatekeeper gets: of objects on the
// cluster by name, or offline of those in manifests, whose form then tells the
// platform.
func Render(env *cli.Env, nouns Nouns) *cobra.Command {
	noun := nouns.KKP
	read := &readOptions{where: where{env: env, nouns: nouns}, output: cli.ObjectOutput{Format: "yaml"}}
	files := &cli.Filenames{}
	command := &cobra.Command{
		Use:   "render NAME... | -f FILE...",
		Short: "Print the Gatekeeper objects that " + noun.Plural + " become",
		Long: "Print the Gatekeeper objects that KKP makes of " + noun.Plural + ", of Gatekeeper's own manifests what\n" +
			"would be applied.",
		Example: "  kubectl opa " + noun.Name + " render my-" + noun.Name + "\n" +
			"  kubectl opa " + noun.Name + " render -f manifests/",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := read.output.Validate(); err != nil {
				return err
			}
			if !cli.ExactlyOne(len(args) > 0, len(files.Paths) > 0) {
				return cli.UsageError(cmd.CommandPath(), "say what to render: names, or manifests with -f")
			}
			read.names = args
			objects, err := read.rendering(cmd.Context(), files.Paths)
			if err != nil {
				return err
			}
			rendered, err := read.render(objects)
			if err != nil {
				return err
			}
			return read.output.Print(env, false, rendered...)
		},
	}
	read.output.AddFlags(command.Flags())
	read.addFlags(command)
	completeNames(&read.where, command)
	files.AddFlags(command.Flags(), "Manifests to render offline: files, directories or - for standard input.")
	return command
}

// rendering returns the objects to render.
func (o *readOptions) rendering(ctx context.Context, paths []string) ([]*unstructured.Unstructured, error) {
	if len(paths) == 0 {
		return o.get(ctx)
	}
	documents, err := manifest.Load(paths, o.env.In)
	if err != nil {
		return nil, err
	}
	noun := o.nouns.KKP
	switch o.env.GivenPlatform {
	case cli.OnGatekeeper:
		if noun, err = o.nouns.onGatekeeper(); err != nil {
			return nil, err
		}
	case cli.Auto:
		noun, _ = o.nouns.told(documents)
	}
	o.site = &site{Noun: noun}
	intents, err := ReadAll(ctx, o.env, noun, documents)
	if err != nil {
		return nil, err
	}
	objects := make([]*unstructured.Unstructured, len(intents))
	for i, intent := range intents {
		objects[i] = intent.Object
	}
	return objects, nil
}

func (o *readOptions) render(objects []*unstructured.Unstructured) ([]*unstructured.Unstructured, error) {
	rendered := []*unstructured.Unstructured{}
	for _, object := range objects {
		if disabled, _, _ := unstructured.NestedBool(object.Object, "spec", "disabled"); disabled {
			o.env.Warn(o.Name + " " + object.GetName() + " is disabled: KKP's Enterprise Edition keeps it off the user clusters, the Community Edition ignores that")
		}
		result, err := o.Render(object)
		if err != nil {
			return nil, err
		}
		rendered = append(rendered, result)
	}
	return rendered, nil
}

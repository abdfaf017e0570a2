package object

import (
	"context"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
)

// Renderer turns a KKP object into what KKP writes to a user cluster.
type Renderer func(object *unstructured.Unstructured) (*unstructured.Unstructured, error)

// Render makes the verb that prints what KKP makes of objects: of those on the
// cluster by name, or offline of those in manifests.
func Render(env *cli.Env, noun Noun, renderer Renderer) *cobra.Command {
	read := &readOptions{env: env, noun: noun, output: cli.ObjectOutput{Format: "yaml"}}
	files := &cli.Filenames{}
	command := &cobra.Command{
		Use:   "render NAME... | -f FILE...",
		Short: "Print the Gatekeeper objects that KKP makes of " + noun.Plural,
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
			objects, err := renderSource(cmd.Context(), read, files.Paths)
			if err != nil {
				return err
			}
			rendered, err := renderAll(env, noun, renderer, objects)
			if err != nil {
				return err
			}
			return read.output.Print(env, false, rendered...)
		},
	}
	read.output.AddFlags(command.Flags())
	read.cluster.addFlags(env, command, noun)
	completeNames(env, noun, &read.cluster, command)
	files.AddFlags(command.Flags(), "Manifests to render offline: files, directories or - for standard input.")
	return command
}

func renderSource(ctx context.Context, o *readOptions, paths []string) ([]*unstructured.Unstructured, error) {
	if len(paths) == 0 {
		return o.get(ctx)
	}
	documents, err := manifest.Load(paths, o.env.In)
	if err != nil {
		return nil, err
	}
	intents, err := ReadAll(ctx, o.env, o.noun, documents)
	if err != nil {
		return nil, err
	}
	objects := make([]*unstructured.Unstructured, len(intents))
	for i, intent := range intents {
		objects[i] = intent.Object
	}
	return objects, nil
}

func renderAll(env *cli.Env, noun Noun, renderer Renderer, objects []*unstructured.Unstructured) ([]*unstructured.Unstructured, error) {
	rendered := []*unstructured.Unstructured{}
	for _, object := range objects {
		if disabled, _, _ := unstructured.NestedBool(object.Object, "spec", "disabled"); disabled {
			env.Warn(noun.Name + " " + object.GetName() + " is disabled: KKP's Enterprise Edition keeps it off the user clusters, the Community Edition ignores that")
		}
		result, err := renderer(object)
		if err != nil {
			return nil, err
		}
		rendered = append(rendered, result)
	}
	return rendered, nil
}

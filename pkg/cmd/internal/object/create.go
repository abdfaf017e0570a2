package object

import (
	"context"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
)

// Builder describes an object by flags.
type Builder interface {
	// AddFlags registers the flags that describe the object: all of them, or
	// only those that can be changed later.
	AddFlags(flags *pflag.FlagSet, change bool)
	// Given tells whether any of these flags was used.
	Given() bool
	// New checks that what a new object needs was given.
	New(name string) error
	// Fill sets the fields that flags were given for, in the document's value;
	// an empty flag removes its field. Fields that come from files keep their
	// positions in the document that is returned.
	Fill(document manifest.Document) (manifest.Document, error)
}

// Create makes the verb create.
func Create(env *cli.Env, noun Noun, builder Builder, example string) *cobra.Command {
	o := &changeOptions{env: env, noun: noun, planned: kube.Created}
	s := &sources{env: env, noun: noun, builder: builder}
	command := &cobra.Command{
		Use:     "create [NAME]",
		Short:   "Create a " + noun.Name + "; one that exists already is left alone",
		Example: example,
		Args:    cli.Args(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.validate(); err != nil {
				return err
			}
			documents, err := s.documents(cmd, args)
			if err != nil {
				return err
			}
			return o.run(cmd.Context(), documents, o.create)
		},
	}
	flags := command.Flags()
	o.addFlags(command)
	s.files.AddFlags(flags, "Whole manifests: files, directories or - for standard input.")
	flags.StringVar(&s.spec, "spec", "", "A file that holds the bare spec, as KKP's dialogs have it; - for standard input.")
	builder.AddFlags(flags, false)
	if flags.Lookup("type") != nil {
		_ = command.RegisterFlagCompletionFunc("type", completeKinds(env))
	}
	return command
}

// Post completes a command that creates the one object that its arguments
// describe.
func Post(env *cli.Env, noun Noun, command *cobra.Command, build func(args []string) (manifest.Document, error)) {
	o := &changeOptions{env: env, noun: noun, planned: kube.Created}
	command.RunE = func(cmd *cobra.Command, args []string) error {
		if err := o.validate(); err != nil {
			return err
		}
		document, err := build(args)
		if err != nil {
			return err
		}
		return o.run(cmd.Context(), []manifest.Document{document}, o.create)
	}
	o.addFlags(command)
}

func (o *changeOptions) create(ctx context.Context, step step) (*unstructured.Unstructured, kube.Outcome, error) {
	created, err := o.client.Create(ctx, step.place, step.Object, kube.ChangeOptions{DryRun: o.output.Server()})
	return created, kube.Created, o.hintExisting(err)
}

// sources are the three ways to describe a new object.
type sources struct {
	env     *cli.Env
	noun    Noun
	builder Builder
	files   cli.Filenames
	spec    string
}

func (s *sources) documents(cmd *cobra.Command, args []string) ([]manifest.Document, error) {
	built := s.builder.Given()
	if !cli.ExactlyOne(len(s.files.Paths) > 0, s.spec != "", built) {
		return nil, cli.UsageError(cmd.CommandPath(),
			"describe the %s in exactly one way: -f FILE, --spec FILE or flags", s.noun.Name)
	}
	if len(s.files.Paths) > 0 {
		if len(args) > 0 {
			return nil, cli.UsageError(cmd.CommandPath(), "with -f the name comes from the manifest: leave %q out", args[0])
		}
		return manifest.Load(s.files.Paths, s.env.In)
	}
	if len(args) == 0 {
		return nil, cli.UsageError(cmd.CommandPath(), "the NAME of the %s is missing", s.noun.Name)
	}
	if built {
		document, err := s.build(args[0])
		return []manifest.Document{document}, err
	}
	document, err := manifest.LoadOne(s.spec, s.env.In)
	if err != nil {
		return nil, err
	}
	if document.Has("apiVersion") || document.Has("kind") {
		return nil, advice.Errorf("use -f for whole manifests", "%s: --spec wants a bare spec, and this is a whole object", document.Position)
	}
	return []manifest.Document{document.AsSpec(kubermaticv1.GroupVersion.String(), s.noun.Kind, args[0])}, nil
}

// build makes the document from flags.
func (s *sources) build(name string) (manifest.Document, error) {
	if err := s.builder.New(name); err != nil {
		return manifest.Document{}, err
	}
	return s.builder.Fill(manifest.New(map[string]any{
		"apiVersion": kubermaticv1.GroupVersion.String(), "kind": s.noun.Kind,
		"metadata": map[string]any{"name": name}, "spec": map[string]any{},
	}))
}

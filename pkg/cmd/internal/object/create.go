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
	// New checks that what a new object needs was given, and makes the document
	// that Fill then fills.
	New(noun Noun, name string) (manifest.Document, error)
	// Fill sets the fields that flags were given for, in the document's value;
	// an empty flag removes its field. Fields that come from files keep their
	// positions in the document that is returned.
	Fill(document manifest.Document) (manifest.Document, error)
}

// Create makes the verb create.
func Create(env *cli.Env, nouns Nouns, builder Builder, example string) *cobra.Command {
	o, noun := newChange(env, nouns, kube.Created), nouns.KKP
	s := &sources{env: env, form: nouns.KKP, builder: builder}
	command := &cobra.Command{
		Use:     "create [NAME]",
		Short:   "Create a " + noun.Name + "; one that exists already is left alone",
		Example: example,
		Args:    cli.Args(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.validate(); err != nil {
				return err
			}
			if err := s.validate(cmd, noun, args); err != nil {
				return err
			}
			return o.run(cmd.Context(), func(noun Noun) ([]manifest.Document, error) { return s.documents(noun, args) }, o.create)
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
func Post(env *cli.Env, nouns Nouns, command *cobra.Command, build func(args []string) (manifest.Document, error)) {
	o := newChange(env, nouns, kube.Created)
	command.RunE = func(cmd *cobra.Command, args []string) error {
		if err := o.validate(); err != nil {
			return err
		}
		return o.run(cmd.Context(), func(Noun) ([]manifest.Document, error) {
			document, err := build(args)
			return []manifest.Document{document}, err
		}, o.create)
	}
	o.addFlags(command)
}

func (o *changeOptions) create(ctx context.Context, step step) (*unstructured.Unstructured, kube.Outcome, error) {
	created, err := o.store().Create(ctx, step.place, step.Object, kube.ChangeOptions{DryRun: o.output.Server()})
	return created, kube.Created, o.hintExisting(err)
}

// sources are the three ways to describe a new object.
type sources struct {
	env *cli.Env
	// form is the one in which people write a bare spec, on all platforms.
	form    Noun
	builder Builder
	files   cli.Filenames
	spec    string
}

// validate wants exactly one of the ways.
func (s *sources) validate(cmd *cobra.Command, noun Noun, args []string) error {
	switch {
	case !cli.ExactlyOne(len(s.files.Paths) > 0, s.spec != "", s.builder.Given()):
		return cli.UsageError(cmd.CommandPath(),
			"describe the %s in exactly one way: -f FILE, --spec FILE or flags", noun.Name)
	case len(s.files.Paths) > 0 && len(args) > 0:
		return cli.UsageError(cmd.CommandPath(), "with -f the name comes from the manifest: leave %q out", args[0])
	case len(s.files.Paths) == 0 && len(args) == 0:
		return cli.UsageError(cmd.CommandPath(), "the NAME of the %s is missing", noun.Name)
	}
	return nil
}

func (s *sources) documents(noun Noun, args []string) ([]manifest.Document, error) {
	if len(s.files.Paths) > 0 {
		return manifest.Load(s.files.Paths, s.env.In)
	}
	if s.spec == "" {
		document, err := s.builder.New(noun, args[0])
		if err == nil {
			document, err = s.builder.Fill(document)
		}
		return []manifest.Document{document}, err
	}
	document, err := manifest.LoadOne(s.spec, s.env.In)
	if err != nil {
		return nil, err
	}
	if document.Has("apiVersion") || document.Has("kind") {
		return nil, advice.Errorf("use -f for whole manifests", "%s: --spec wants a bare spec, and this is a whole object", document.Position)
	}
	return []manifest.Document{document.AsSpec(kubermaticv1.GroupVersion.String(), s.form.Kind, args[0])}, nil
}

// Blank is an object without a spec yet.
func Blank(apiVersion, kind, name string) manifest.Document {
	return manifest.New(map[string]any{
		"apiVersion": apiVersion, "kind": kind,
		"metadata": map[string]any{"name": name}, "spec": map[string]any{},
	})
}

package object

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
)

// Builder makes a document of a new object from the flags of create.
type Builder interface {
	// AddFlags registers the flags that describe the object.
	AddFlags(flags *pflag.FlagSet)
	// Given tells whether any of these flags was used.
	Given(flags *pflag.FlagSet) bool
	// Build makes the document.
	Build(name string) (manifest.Document, error)
}

// Create makes the verb that posts a new object: from flags, from a bare spec
// or from whole manifests.
func Create(env *cli.Env, noun Noun, builder Builder, example string) *cobra.Command {
	o := &changeOptions{env: env, noun: noun, planned: kube.Created}
	files := &cli.Filenames{}
	spec := ""
	command := &cobra.Command{
		Use:     "create [NAME]",
		Short:   "Create a " + noun.Name + "; one that exists already is left alone",
		Example: example,
		Args:    cli.Args(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.output.Validate(); err != nil {
				return err
			}
			documents, err := sources{env, noun, builder, files.Paths, spec}.documents(cmd, args)
			if err != nil {
				return err
			}
			return o.run(cmd.Context(), documents, o.create)
		},
	}
	flags := command.Flags()
	o.addFlags(command)
	files.AddFlags(flags, "Whole manifests: files, directories or - for standard input.")
	flags.StringVar(&spec, "spec", "", "A file that holds the bare spec, as KKP's dialogs have it; - for standard input.")
	builder.AddFlags(flags)
	if flags.Lookup("type") != nil {
		_ = command.RegisterFlagCompletionFunc("type", completeKinds(env))
	}
	return command
}

// Apply makes the verb that brings objects into the state of manifests.
func Apply(env *cli.Env, noun Noun) *cobra.Command {
	o := &changeOptions{env: env, noun: noun, planned: kube.Configured}
	files := &cli.Filenames{}
	command := &cobra.Command{
		Use:     "apply -f FILE...",
		Short:   "Apply manifests: create what is new, change what differs",
		Example: "  kubectl opa " + noun.Name + " apply -f " + noun.Plural + "/",
		Args:    cli.Args(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.output.Validate(); err != nil {
				return err
			}
			if len(files.Paths) == 0 {
				return cli.UsageError(cmd.CommandPath(), "which manifests? give -f FILE, a directory or -")
			}
			documents, err := manifest.Load(files.Paths, env.In)
			if err != nil {
				return err
			}
			return o.run(cmd.Context(), documents, o.apply)
		},
	}
	flags := command.Flags()
	o.addFlags(command)
	files.AddFlags(flags, "Manifests: files, directories or - for standard input.")
	flags.BoolVar(&o.force, "force-conflicts", false, "Take fields over that another manager set.")
	return command
}

// sources says where the documents of a create come from: exactly one of
// manifests, a bare spec, and flags.
type sources struct {
	env     *cli.Env
	noun    Noun
	builder Builder
	files   []string
	spec    string
}

func (s sources) documents(cmd *cobra.Command, args []string) ([]manifest.Document, error) {
	built := s.builder.Given(cmd.Flags())
	if !cli.ExactlyOne(len(s.files) > 0, s.spec != "", built) {
		return nil, cli.UsageError(cmd.CommandPath(),
			"describe the %s in exactly one way: -f FILE, --spec FILE or flags", s.noun.Name)
	}
	if len(s.files) > 0 {
		if len(args) > 0 {
			return nil, cli.UsageError(cmd.CommandPath(), "with -f the name comes from the manifest: leave %q out", args[0])
		}
		return manifest.Load(s.files, s.env.In)
	}
	if len(args) == 0 {
		return nil, cli.UsageError(cmd.CommandPath(), "the NAME of the %s is missing", s.noun.Name)
	}
	if built {
		document, err := s.builder.Build(args[0])
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

// Post completes a command that creates one object from its arguments.
func Post(env *cli.Env, noun Noun, command *cobra.Command, build func(args []string) (manifest.Document, error)) {
	o := &changeOptions{env: env, noun: noun, planned: kube.Created}
	command.RunE = func(cmd *cobra.Command, args []string) error {
		if err := o.output.Validate(); err != nil {
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

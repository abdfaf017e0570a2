package export

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object/kkp"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
)

const importLong = `Apply manifests of plain Gatekeeper as KKP's objects: what kubectl opa export wrote, or any other
templates and constraints. Of an export it gives back exactly the objects that were exported, with
what was edited since.

Constraints that do not say where they belong become Default Constraints, or with -c constraints of
that user cluster. What KKP cannot hold is refused; everything is checked before anything is sent.`

// importOptions is what an import knows once the flags are read.
type importOptions struct {
	env     *cli.Env
	cluster string
	bundle  *object.Bundle
}

// NewImport makes the command import.
func NewImport(env *cli.Env) *cobra.Command {
	o := &importOptions{env: env}
	files := &cli.Filenames{}
	command := &cobra.Command{
		Use:   "import -f FILE...",
		Short: "Apply manifests of plain Gatekeeper as KKP's objects",
		Long:  importLong,
		Example: "  kubectl opa import -f policies/\n" +
			"  kubectl opa import -f gatekeeper.yaml -c cocky-thompson --dry-run=server",
		Args: cli.Args(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.bundle.Validate(); err != nil {
				return err
			}
			if len(files.Paths) == 0 {
				return cli.UsageError(cmd.CommandPath(), "which manifests? give -f FILE, a directory or -")
			}
			documents, err := manifest.LoadExported(files.Paths, env.In)
			if err != nil {
				return err
			}
			return o.run(cmd.Context(), documents)
		},
	}
	o.bundle = object.NewBundle(env, command)
	flags := command.Flags()
	flags.StringVarP(&o.cluster, "user-cluster", "c", "", "The KKP user cluster of constraints that do not say where they belong, by ID or by its human-readable name.")
	_ = command.RegisterFlagCompletionFunc("user-cluster", object.CompleteClusters(env))
	files.AddFlags(flags, "Manifests: files, directories or - for standard input.")
	return command
}

// run turns all documents into KKP's objects and applies them: templates and
// registries first.
func (o *importOptions) run(ctx context.Context, documents []manifest.Document) error {
	found := converted{}
	var err error
	if o.cluster != "" {
		if found.namespace, err = o.namespace(ctx); err != nil {
			return err
		}
	}
	failed := []error{}
	for _, document := range documents {
		notes, err := found.add(document)
		if err != nil {
			failed = append(failed, object.Explain(document, err))
		}
		for _, note := range object.Notes(document, notes) {
			o.env.Warn(note)
		}
	}
	if err := errors.Join(failed...); err != nil {
		return err
	}
	return o.bundle.Apply(ctx, []object.Part{
		{Noun: kkp.Templates(), Documents: found.templates},
		{Noun: kkp.Registries(), Documents: found.registries},
		{Noun: kkp.Defaults(), Documents: found.defaults},
		{Noun: kkp.Constraints(), Documents: found.constraints},
	})
}

func (o *importOptions) namespace(ctx context.Context) (string, error) {
	cluster, err := o.env.FindCluster(ctx, o.cluster)
	if err != nil {
		return "", err
	}
	return cluster.Namespace()
}

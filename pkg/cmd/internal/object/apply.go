package object

import (
	"context"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
)

// Apply makes the verb apply.
func Apply(env *cli.Env, nouns Nouns) *cobra.Command {
	o, noun := newChange(env, nouns, kube.Configured), nouns.KKP
	files := &cli.Filenames{}
	command := &cobra.Command{
		Use:     "apply -f FILE...",
		Short:   "Apply manifests: create what is new, change what differs",
		Example: "  kubectl opa " + noun.Name + " apply -f " + noun.Plural + "/",
		Args:    cli.Args(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.validate(); err != nil {
				return err
			}
			if len(files.Paths) == 0 {
				return cli.UsageError(cmd.CommandPath(), "which manifests? give -f FILE, a directory or -")
			}
			return o.run(cmd.Context(), func(Noun) ([]manifest.Document, error) {
				return manifest.Load(files.Paths, env.In)
			}, o.apply)
		},
	}
	flags := command.Flags()
	o.addFlags(command)
	files.AddFlags(flags, "Manifests: files, directories or - for standard input.")
	flags.BoolVar(&o.force, "force-conflicts", false, "Take fields over that another manager set.")
	return command
}

func (o *changeOptions) apply(ctx context.Context, step step) (*unstructured.Unstructured, kube.Outcome, error) {
	return o.store().Apply(ctx, step.place, step.Object, step.before, kube.ChangeOptions{DryRun: o.output.Server(), Force: o.force})
}

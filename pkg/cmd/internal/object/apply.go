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
func Apply(env *cli.Env, noun Noun) *cobra.Command {
	o := &changeOptions{env: env, noun: noun, planned: kube.Configured}
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

func (o *changeOptions) apply(ctx context.Context, step step) (*unstructured.Unstructured, kube.Outcome, error) {
	return o.client.Apply(ctx, step.place, step.Object, step.before, kube.ChangeOptions{DryRun: o.output.Server(), Force: o.force})
}

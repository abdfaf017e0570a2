package object

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
)

// CompleteNames completes the names of a noun's objects in the arguments of a
// command.
func CompleteNames(env *cli.Env, noun Noun, command *cobra.Command) {
	completeNames(env, noun, &userCluster{}, command)
}

// completeNames also knows the -c of nouns that live per user cluster; without
// -c and -n there is no telling whose objects are meant.
func completeNames(env *cli.Env, noun Noun, cluster *userCluster, command *cobra.Command) {
	names := cli.CompleteLive(env, func(ctx context.Context) ([]cobra.Completion, error) {
		_, client, place, err := cluster.connect(ctx, env, noun, true)
		if err != nil {
			return nil, err
		}
		objects, err := client.List(ctx, place, "")
		found := []cobra.Completion{}
		for _, object := range objects {
			found = append(found, object.GetName())
		}
		return found, err
	})
	command.ValidArgsFunction = func(cmd *cobra.Command, args []string, toComplete string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if cmd.ValidateArgs(append(args[:len(args):len(args)], toComplete)) != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return names(cmd, args, toComplete)
	}
}

// CompleteClusters completes user clusters: their IDs, with the human-readable
// name as the description, and these names too where they are unique.
func CompleteClusters(env *cli.Env) cobra.CompletionFunc {
	return cli.CompleteLive(env, func(ctx context.Context) ([]cobra.Completion, error) {
		kkp, _, err := env.KKP(ctx)
		if err != nil {
			return nil, err
		}
		clusters, err := kkp.Clusters(ctx)
		found := []cobra.Completion{}
		for i := range clusters {
			id, name := clusters[i].Name, clusters[i].Spec.HumanReadableName
			found = append(found, cobra.CompletionWithDesc(id, name))
			if only, _ := fleet.Find(clusters, name); only != nil && name != "" && name != id {
				found = append(found, cobra.CompletionWithDesc(name, id))
			}
		}
		return found, err
	})
}

// completeKinds completes the kinds that templates make.
func completeKinds(env *cli.Env) cobra.CompletionFunc {
	return cli.CompleteLive(env, func(ctx context.Context) ([]cobra.Completion, error) {
		kkp, _, err := env.KKP(ctx)
		if err != nil {
			return nil, err
		}
		templates, err := kkp.Templates(ctx)
		found := []cobra.Completion{}
		for i := range templates {
			found = append(found, templates[i].Spec.CRD.Spec.Names.Kind)
		}
		return found, err
	})
}

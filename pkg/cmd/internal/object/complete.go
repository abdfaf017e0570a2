package object

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
)

// CompleteNames completes the names of a noun's objects in the arguments of a
// command.
func CompleteNames(env *cli.Env, nouns Nouns, command *cobra.Command) {
	completeNames(&where{env: env, nouns: nouns}, command)
}

// completeNames also knows the -c of a command; on KKP, without -c and -n there
// is no telling whose objects are meant.
func completeNames(w *where, command *cobra.Command) {
	names := cli.CompleteLive(w.env, func(ctx context.Context) ([]cobra.Completion, error) {
		reading := *w
		reading.changing = false
		site, err := reading.connect(ctx)
		if err != nil {
			return nil, err
		}
		if _, err := site.place("", true); err != nil {
			return nil, err
		}
		objects, err := site.all(ctx, "")
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
		fleetOf, err := env.Fleet(ctx)
		if err != nil {
			return nil, err
		}
		clusters := fleetOf.Bare()
		found := []cobra.Completion{}
		for i := range clusters {
			id, name := clusters[i].Name, clusters[i].Spec.HumanReadableName
			found = append(found, cobra.CompletionWithDesc(id, name))
			if only, _ := fleet.Find(clusters, name); only != nil && name != "" && name != id {
				found = append(found, cobra.CompletionWithDesc(name, id))
			}
		}
		return found, nil
	})
}

// completeKinds completes the kinds that templates make.
func completeKinds(env *cli.Env) cobra.CompletionFunc {
	return cli.CompleteLive(env, func(ctx context.Context) ([]cobra.Completion, error) {
		platformOf, err := env.Platform(ctx)
		if err != nil {
			return nil, err
		}
		client, err := env.Client()
		if err != nil {
			return nil, err
		}
		list := kindsOfKKP
		if platformOf == cli.OnGatekeeper {
			list = kindsOfGatekeeper
		}
		return list(ctx, client)
	})
}

func kindsOfKKP(ctx context.Context, client *kube.Client) ([]cobra.Completion, error) {
	templates, err := platform.KKP{Reader: client}.Templates(ctx)
	found := []cobra.Completion{}
	for i := range templates {
		found = append(found, templates[i].Spec.CRD.Spec.Names.Kind)
	}
	return found, err
}

func kindsOfGatekeeper(ctx context.Context, client *kube.Client) ([]cobra.Completion, error) {
	kinds, err := platform.Gatekeeper{Cluster: client}.Kinds(ctx)
	found := []cobra.Completion{}
	for _, kind := range kinds {
		found = append(found, kind.Kind)
	}
	return found, err
}

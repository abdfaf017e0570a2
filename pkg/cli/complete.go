package cli

import (
	"context"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-opa/kubectl-opa/pkg/platform"
)

// patience is how long someone who pressed Tab waits for a cluster.
const patience = 3 * time.Second

// valuesOf is the annotation of flags that holds the values to complete.
const valuesOf = "kubectl-opa/values"

// Offer says which values of a flag are completed. Values that end in "=" want
// more after them.
func Offer(flags *pflag.FlagSet, name string, values ...string) {
	// It fails only where the flag does not exist: then there is nothing to offer.
	_ = flags.SetAnnotation(name, valuesOf, values)
}

// CompleteValues lets a command and all below it complete the values that
// their flags offer. Arguments are not completed as files: a command that takes
// files says so itself.
func CompleteValues(command *cobra.Command) {
	if command.ValidArgsFunction == nil && len(command.ValidArgs) == 0 {
		command.ValidArgsFunction = cobra.NoFileCompletions
	}
	for _, flags := range []*pflag.FlagSet{command.Flags(), command.PersistentFlags()} {
		flags.VisitAll(func(flag *pflag.Flag) {
			if values := flag.Annotations[valuesOf]; len(values) > 0 {
				_ = command.RegisterFlagCompletionFunc(flag.Name, completeValue(flag, values))
			}
		})
	}
	for _, child := range command.Commands() {
		CompleteValues(child)
	}
}

// completeValue completes the last of the values that are typed already, where
// the flag takes a list of them.
func completeValue(flag *pflag.Flag, values []string) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, toComplete string) ([]cobra.Completion, cobra.ShellCompDirective) {
		directive := cobra.ShellCompDirectiveNoFileComp
		typed := ""
		if _, list := flag.Value.(pflag.SliceValue); list {
			typed = toComplete[:strings.LastIndex(toComplete, ",")+1]
			directive |= cobra.ShellCompDirectiveNoSpace
		}
		choices := []cobra.Completion{}
		for _, value := range values {
			if slices.Contains(strings.Split(typed, ","), value) || !strings.HasPrefix(typed+value, toComplete) {
				continue
			}
			choices = append(choices, typed+value)
			if strings.HasSuffix(value, "=") {
				directive |= cobra.ShellCompDirectiveNoSpace
			}
		}
		return choices, directive
	}
}

// CompleteLive makes a completion of what find knows: names, each with a
// description after a tab or without. What is among the arguments already is
// left out. Where find fails, or takes longer than someone waits, there is
// nothing, and not a word: a shell has no place for errors.
func CompleteLive(env *Env, find func(ctx context.Context) ([]cobra.Completion, error)) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, toComplete string) ([]cobra.Completion, cobra.ShellCompDirective) {
		const directive = cobra.ShellCompDirectiveNoFileComp
		env.Err = io.Discard
		if timeout := env.Connection.Timeout; *timeout == "" || *timeout == "0" {
			*timeout = patience.String()
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), patience)
		defer cancel()
		found, err := find(ctx)
		if err != nil {
			return nil, directive
		}
		return slices.DeleteFunc(found, func(choice cobra.Completion) bool {
			name, _, _ := strings.Cut(choice, "\t")
			return !strings.HasPrefix(name, toComplete) || slices.Contains(args, name)
		}), directive
	}
}

// CompleteConnection completes the connection flags of the root: contexts,
// clusters and users as the kubeconfig has them, namespaces as the cluster does.
func CompleteConnection(env *Env, root *cobra.Command) {
	for name, find := range map[string]func(ctx context.Context) ([]cobra.Completion, error){
		"context": func(context.Context) ([]cobra.Completion, error) {
			config, err := env.Connection.ToRawKubeConfigLoader().RawConfig()
			return slices.Sorted(maps.Keys(config.Contexts)), err
		},
		"cluster": func(context.Context) ([]cobra.Completion, error) {
			config, err := env.Connection.ToRawKubeConfigLoader().RawConfig()
			return slices.Sorted(maps.Keys(config.Clusters)), err
		},
		"user": func(context.Context) ([]cobra.Completion, error) {
			config, err := env.Connection.ToRawKubeConfigLoader().RawConfig()
			return slices.Sorted(maps.Keys(config.AuthInfos)), err
		},
		"namespace": func(ctx context.Context) ([]cobra.Completion, error) {
			client, err := env.Client()
			if err != nil {
				return nil, err
			}
			namespaces := platform.Place{GroupVersionResource: schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}}
			objects, err := client.List(ctx, namespaces, "")
			names := []cobra.Completion{}
			for _, object := range objects {
				names = append(names, object.GetName())
			}
			return names, err
		},
	} {
		_ = root.RegisterFlagCompletionFunc(name, CompleteLive(env, find))
	}
}

// Package cmd is the command tree of kubectl opa.
package cmd

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/completion"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/constraint"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/defaults"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/enable"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/export"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/query"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/registry"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/status"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/template"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/test"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/version"
)

// completer is the name under which kubectl asks a plugin for completions. A
// link of that name to this binary answers as well as the script does.
const completer = "kubectl_complete-opa"

// Main runs one command line, the program's name included, and returns the
// exit code.
func Main(ctx context.Context, env *cli.Env, args []string) int {
	root := New(env)
	root.SetArgs(arguments(args))
	err := root.ExecuteContext(ctx)
	return env.Report(ctx, err)
}

func arguments(args []string) []string {
	program := strings.TrimSuffix(filepath.Base(args[0]), ".exe")
	if program == completer {
		return append([]string{cobra.ShellCompRequestCmd}, args[1:]...)
	}
	return args[1:]
}

// New builds the command tree.
func New(env *cli.Env) *cobra.Command {
	root := cli.Group(&cobra.Command{
		Use:   "kubectl-opa",
		Short: "Work with Open Policy Agent and Gatekeeper policies on Kubernetes",
		Annotations: map[string]string{
			cobra.CommandDisplayNameAnnotation: "kubectl opa",
		},
		SilenceErrors:     true,
		SilenceUsage:      true,
		PersistentPreRunE: func(*cobra.Command, []string) error { return env.ValidatePlatform() },
	})
	root.SetIn(env.In)
	root.SetOut(env.Out)
	root.SetErr(env.Err)
	env.AddFlags(root.PersistentFlags())
	cli.SetHelp(root)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		// The flag may be one of the command that was meant.
		if words := cmd.Flags().Args(); len(words) > 0 && cmd.HasSubCommands() && cmd.Args != nil {
			if unknown := cmd.Args(cmd, words); unknown != nil {
				return unknown
			}
		}
		return advice.Wrap(err, "see %s --help", cmd.CommandPath())
	})
	root.AddCommand(
		enable.New(env),
		enable.NewDisable(env),
		status.New(env),
		template.New(env),
		constraint.New(env),
		defaults.New(env),
		registry.New(env),
		export.New(env),
		export.NewImport(env),
		query.New(env),
		test.New(env),
		version.New(env),
		completion.New(env),
	)
	cli.CompleteValues(root)
	cli.CompleteConnection(env, root)
	return root
}

// Package completion is kubectl opa completion: scripts that teach a shell to
// complete kubectl-opa, and the link that lets kubectl complete kubectl opa.
package completion

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
)

// shell is what is particular to one of them.
type shell struct {
	name string
	// now and always are how to load the script into the running shell, and into
	// every new one.
	now, always string
	generate    func(root *cobra.Command, out io.Writer, descriptions bool) error
}

var shells = []shell{
	{
		name:   "bash",
		now:    "source <(kubectl opa completion bash)",
		always: "kubectl opa completion bash > ~/.local/share/bash-completion/completions/kubectl-opa",
		generate: func(root *cobra.Command, out io.Writer, descriptions bool) error {
			return root.GenBashCompletionV2(out, descriptions)
		},
	},
	{
		name:   "zsh",
		now:    "source <(kubectl opa completion zsh)",
		always: `kubectl opa completion zsh > "${fpath[1]}/_kubectl-opa"`,
		generate: func(root *cobra.Command, out io.Writer, descriptions bool) error {
			if descriptions {
				return root.GenZshCompletion(out)
			}
			return root.GenZshCompletionNoDesc(out)
		},
	},
	{
		name:   "fish",
		now:    "kubectl opa completion fish | source",
		always: "kubectl opa completion fish > ~/.config/fish/completions/kubectl-opa.fish",
		generate: func(root *cobra.Command, out io.Writer, descriptions bool) error {
			return root.GenFishCompletion(out, descriptions)
		},
	},
	{
		name:   "powershell",
		now:    "kubectl opa completion powershell | Out-String | Invoke-Expression",
		always: "kubectl opa completion powershell >> $PROFILE",
		generate: func(root *cobra.Command, out io.Writer, descriptions bool) error {
			if descriptions {
				return root.GenPowerShellCompletionWithDesc(out)
			}
			return root.GenPowerShellCompletion(out)
		},
	},
}

// New makes the command. It takes the place of cobra's own.
func New(env *cli.Env) *cobra.Command {
	command := cli.Group(&cobra.Command{
		Use:   "completion",
		Short: "Set up completion of commands, flags and names on the cluster",
		Long: `Set up completion, with the Tab key, of commands, flags and names on the cluster.

kubectl opa is completed by kubectl's own completion (kubectl completion --help), which asks the
program kubectl_complete-opa. The archives of a release have it; krew does not install it, so
there the link that "kubectl opa completion install" creates does the same.

kubectl-opa, the plugin called by its own name, is completed by the script that
"kubectl opa completion SHELL" prints.`,
	})
	for _, shell := range shells {
		command.AddCommand(newShell(env, shell))
	}
	command.AddCommand(newInstall(env))
	return command
}

func newShell(env *cli.Env, shell shell) *cobra.Command {
	bare := false
	command := &cobra.Command{
		Use:   shell.name,
		Short: "Print the script that lets " + shell.name + " complete kubectl-opa",
		Example: "  # In the running shell: " + shell.now + "\n" +
			"  # In every new one\n" +
			"  " + shell.always,
		Args: cli.Args(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return shell.generate(cmd.Root(), env.Out, !bare)
		},
	}
	command.Flags().BoolVar(&bare, "no-descriptions", false, "Complete without descriptions.")
	return command
}

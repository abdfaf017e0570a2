package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// usageTemplate is how every command explains itself. kubectl's connection
// flags, two dozen of them, are named and not repeated.
const usageTemplate = `Usage:
{{- if and .Runnable (or (not .HasAvailableSubCommands) (index .Annotations "runs"))}}
  {{.UseLine}}{{end}}
{{- if .HasAvailableSubCommands}}
  {{.CommandPath}} COMMAND{{end}}
{{- if gt (len .Aliases) 0}}

Aliases:
  {{.NameAndAliases}}{{end}}
{{- if .HasExample}}

Examples:
{{.Example}}{{end}}
{{- if .HasAvailableSubCommands}}

Commands:
{{- range .Commands}}{{if .IsAvailableCommand}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}
{{- if .LocalNonPersistentFlags.HasAvailableFlags}}

Flags:
{{.LocalNonPersistentFlags.FlagUsagesWrapped 100 | trimTrailingWhitespaces}}{{end}}

Everywhere:
%s
kubectl's connection flags, such as --context, --kubeconfig, -n, --as and --request-timeout, stand
after opa and mean what they mean in kubectl: see kubectl options.
`

// RunsItself marks a command that does something of its own beside having
// subcommands, so that its help shows both.
func RunsItself(command *cobra.Command) *cobra.Command {
	command.Annotations = map[string]string{"runs": "true"}
	return command
}

// SetHelp gives a command, and all below it, our form of help. It comes after
// AddFlags.
func SetHelp(root *cobra.Command) {
	everywhere := pflag.NewFlagSet("", pflag.ContinueOnError)
	for _, name := range []string{"color", "v"} {
		everywhere.AddFlag(root.PersistentFlags().Lookup(name))
	}
	root.SetUsageTemplate(fmt.Sprintf(usageTemplate, everywhere.FlagUsagesWrapped(100)))
}

// Args checks how many arguments a command gets, at most -1 for any number,
// and says in the words of its usage line what it wants.
func Args(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) >= least && (most < 0 || len(args) <= most) {
			return nil
		}
		_, want, _ := strings.Cut(cmd.Use, " ")
		found := "nothing"
		if len(args) > 0 {
			found = strings.Join(args, " ")
		}
		if want == "" {
			return UsageError(cmd.CommandPath(), "%s takes no arguments, found %s", cmd.CommandPath(), found)
		}
		return UsageError(cmd.CommandPath(), "%s takes %s, found %s", cmd.CommandPath(), want, found)
	}
}

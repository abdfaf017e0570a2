package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// Group completes a command that only has subcommands: alone it prints its
// help, and a word that is no subcommand is an error. Cobra would take that
// word for an argument.
func Group(command *cobra.Command) *cobra.Command {
	command.Args = unknownCommand
	command.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	return command
}

// unknownCommand refuses words that are no command, with the nearest ones.
func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	next := "see " + cmd.CommandPath() + " --help"
	if near := Nearest(cmd, args[0]); len(near) > 0 {
		next = "did you mean " + strings.Join(near, " or ") + "?"
	}
	return advice.Errorf(next, "unknown command %q for %s", args[0], cmd.CommandPath())
}

// Nearest are the names of subcommands that a word was meant for, if any.
func Nearest(cmd *cobra.Command, word string) []string {
	cmd.SuggestionsMinimumDistance = 2
	return cmd.SuggestionsFor(word)
}

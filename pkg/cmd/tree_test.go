package cmd_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd"
)

// width is how wide a line of help may be.
const width = 100

// TestTree holds every command to what its help owes the user.
func TestTree(t *testing.T) {
	commands := 0
	foreign := connectionFlags()
	visit(cmd.New(cli.NewEnv()), func(command *cobra.Command) {
		commands++
		t.Run(strings.ReplaceAll(command.CommandPath(), " ", "_"), func(t *testing.T) {
			problems := slices.Concat(checkTexts(command), checkFlags(command, foreign))
			if len(problems) == 0 {
				problems = checkExample(command)
			}
			for _, problem := range problems {
				t.Error(problem)
			}
		})
	})
	if commands < 20 {
		t.Errorf("only %d commands were found", commands)
	}
}

// TestReadmes parses the command lines of the front page and of all examples.
func TestReadmes(t *testing.T) {
	readmes, err := filepath.Glob("../../examples/*/README.md")
	if err != nil || len(readmes) == 0 {
		t.Fatalf("finding examples: %v", err)
	}
	for _, readme := range append(readmes, "../../README.md") {
		t.Run(filepath.Base(filepath.Dir(readme)), func(t *testing.T) {
			text, err := os.ReadFile(readme)
			if err != nil {
				t.Fatal(err)
			}
			lines := commandLines(blocks(string(text)))
			if len(lines) == 0 {
				t.Error("no code block has a line that begins with kubectl opa")
			}
			for _, line := range lines {
				if _, err := parse(line); err != nil {
					t.Errorf("%s\n%v", line, err)
				}
			}
		})
	}
}

func visit(command *cobra.Command, do func(*cobra.Command)) {
	do(command)
	for _, child := range command.Commands() {
		visit(child, do)
	}
}

// connectionFlags are the flags whose texts are kubectl's own, not ours.
func connectionFlags() *pflag.FlagSet {
	flags := pflag.NewFlagSet("connection", pflag.ContinueOnError)
	cli.NewEnv().Connection.AddFlags(flags)
	return flags
}

func checkTexts(command *cobra.Command) []string {
	problems := []string{}
	if command.Short == "" {
		problems = append(problems, "Short is missing")
	}
	if strings.HasSuffix(command.Short, ".") {
		problems = append(problems, "Short ends with a period: "+command.Short)
	}
	if command.Long != "" && !strings.HasSuffix(command.Long, ".") {
		problems = append(problems, "Long does not end with a period")
	}
	for line := range strings.Lines(command.Long) {
		if length := len([]rune(strings.TrimSpace(line))); length > width {
			problems = append(problems, fmt.Sprintf("a line of Long has %d characters, more than %d: %s", length, width, line))
		}
	}
	return problems
}

func checkFlags(command *cobra.Command, foreign *pflag.FlagSet) []string {
	problems := []string{}
	shorthands := map[string]string{}
	check := func(flag *pflag.Flag) {
		if foreign.Lookup(flag.Name) == nil && !strings.HasSuffix(flag.Usage, ".") {
			problems = append(problems, fmt.Sprintf("the usage of --%s does not end with a period: %q", flag.Name, flag.Usage))
		}
		if other := shorthands[flag.Shorthand]; flag.Shorthand != "" && other != "" {
			problems = append(problems, fmt.Sprintf("-%s is --%s and --%s", flag.Shorthand, other, flag.Name))
		}
		shorthands[flag.Shorthand] = flag.Name
	}
	// Cobra looks at clashes between a command and its parents only when it
	// parses, and panics then.
	command.Flags().VisitAll(check)
	for parent := command; parent != nil; parent = parent.Parent() {
		parent.PersistentFlags().VisitAll(check)
	}
	return problems
}

func checkExample(command *cobra.Command) []string {
	problems := []string{}
	if command.Example == "" {
		return nil
	}
	for line := range strings.Lines(joined(command.Example)) {
		trimmed := strings.TrimSpace(line)
		if trimmed != "" && !strings.HasPrefix(trimmed, "#") && !strings.HasPrefix(trimmed, "kubectl opa ") {
			problems = append(problems, "a line of the example does not begin with kubectl opa: "+trimmed)
		}
		if trimmed != "" && !strings.HasPrefix(line, "  ") {
			problems = append(problems, "a line of the example is not indented: "+trimmed)
		}
	}
	for _, line := range commandLines(command.Example) {
		found, err := parse(line)
		switch {
		case err != nil:
			problems = append(problems, line+"\n"+err.Error())
		case found != command.CommandPath():
			problems = append(problems, line+"\nis an example of "+found)
		}
	}
	return problems
}

// parse parses a command line as far as no cluster and no file is needed, with
// a tree of its own, and returns the path of its command.
func parse(line string) (string, error) {
	words, err := split(line)
	if err != nil {
		return "", err
	}
	command, rest, err := cmd.New(cli.NewEnv()).Find(words[2:])
	if err != nil {
		return "", err
	}
	if err := command.ParseFlags(rest); err != nil {
		return "", err
	}
	return command.CommandPath(), command.ValidateArgs(command.Flags().Args())
}

// commandLines are the lines of a text that call the plugin.
func commandLines(text string) []string {
	lines := []string{}
	for line := range strings.Lines(joined(text)) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "kubectl opa ") {
			lines = append(lines, line)
		}
	}
	return lines
}

// joined puts lines that end in a backslash together with the next one.
func joined(text string) string { return strings.ReplaceAll(text, "\\\n", " ") }

// blocks are the fenced blocks of a Markdown text.
func blocks(text string) string {
	inside := ""
	for i, part := range strings.Split(text, "```") {
		if i%2 == 1 {
			inside += part
		}
	}
	return inside
}

// split takes a line apart as a shell does, up to a pipe, a redirection or a
// comment.
func split(line string) ([]string, error) {
	words := []string{}
	word, started := strings.Builder{}, false
	quote := rune(0)
	flush := func() {
		if started {
			words = append(words, word.String())
		}
		word.Reset()
		started = false
	}
	for _, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			quote, started = r, true
		case r == ' ':
			flush()
		case strings.ContainsRune("*?[", r):
			return nil, fmt.Errorf("a shell looks for files where %c is not quoted: %s", r, line)
		case r == '#' && !started:
			return words, nil
		case strings.ContainsRune("|<>&;", r):
			flush()
			return words, nil
		default:
			word.WriteRune(r)
			started = true
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("a quote is not closed: %s", line)
	}
	flush()
	return words, nil
}

package cli

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// tree is a small plugin: a group with one command in it.
func tree(env *Env) *cobra.Command {
	root := Group(&cobra.Command{Use: "opa", Short: "Policies.", SilenceErrors: true, SilenceUsage: true})
	env.AddFlags(root.PersistentFlags())
	list := &cobra.Command{
		Use: "list [NAME...]", Aliases: []string{"ls"}, Short: "List them.", Example: "  opa list a",
		RunE: func(*cobra.Command, []string) error { return nil },
	}
	new(DryRun).AddFlags(list.Flags())
	new(Confirmation).AddFlags(list.Flags())
	new(Filenames).AddFlags(list.Flags(), "Files.")
	both := RunsItself(&cobra.Command{Use: "both NAME", Short: "Do it.", RunE: list.RunE})
	both.AddCommand(&cobra.Command{Use: "part", Short: "Do a part of it.", RunE: list.RunE})
	root.AddCommand(list, both)
	SetHelp(root)
	return root
}

const everywhere = `
Everywhere:
      --color string   When to use colour: auto, always or never. NO_COLOR is honoured.
                       (default "auto")
  -v, --v int          With 1 or more, print each request on stderr: verb, URL, status and time.

kubectl's connection flags, such as --context, --kubeconfig, -n, --as and --request-timeout, stand
after opa and mean what they mean in kubectl: see kubectl options.
`

func TestHelp(t *testing.T) {
	for name, tc := range map[string]struct {
		args []string
		want string
	}{
		"a group alone": {nil, "Policies.\n\nUsage:\n  opa COMMAND\n\nCommands:\n" +
			"  both        Do it.\n  completion  Generate the autocompletion script for the specified shell\n  list        List them.\n\nFlags:\n  -h, --help   help for opa\n" + everywhere},
		"a command with subcommands": {[]string{"both", "--help"}, `Do it.

Usage:
  opa both NAME [flags]
  opa both COMMAND

Commands:
  part        Do a part of it.

Flags:
  -h, --help   help for both
` + everywhere},
		"a command": {[]string{"list", "--help"}, `List them.

Usage:
  opa list [NAME...] [flags]

Aliases:
  list, ls

Examples:
  opa list a

Flags:
      --dry-run string     none, client (send nothing that changes) or server (let the server
                           check and keep nothing). (default "none")
  -f, --filename strings   Files.
  -h, --help               help for list
  -y, --yes                Do not ask, do it.
` + everywhere},
	} {
		t.Run(name, func(t *testing.T) {
			env, _, _ := process(nil)
			root, out := tree(env), &bytes.Buffer{}
			root.SetOut(out)
			root.SetArgs(tc.args)
			if err := root.Execute(); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, out.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestUnknownCommand(t *testing.T) {
	for word, next := range map[string]string{
		"lsit": "did you mean list?", "banana": "see opa --help",
	} {
		env, _, _ := process(nil)
		root := tree(env)
		root.SetArgs([]string{word})
		err := root.Execute()
		if text(err) != `unknown command "`+word+`" for opa` || !cmp.Equal(advice.Next(err), []string{next}) {
			t.Errorf("%s: %v, next %q", word, err, advice.Next(err))
		}
	}
}

func TestArgs(t *testing.T) {
	for name, tc := range map[string]struct {
		use         string
		least, most int
		args        []string
		want        string
	}{
		"enough":          {"get NAME", 1, 1, []string{"a"}, ""},
		"any number":      {"list [NAME...]", 0, -1, []string{"a", "b", "c"}, ""},
		"too few":         {"get NAME", 1, 1, nil, "get takes NAME, found nothing"},
		"too few of many": {"delete NAME...", 1, -1, nil, "delete takes NAME..., found nothing"},
		"too many":        {"get NAME", 1, 1, []string{"a", "b"}, "get takes NAME, found a b"},
		"none, and one":   {"version", 0, 0, []string{"a"}, "version takes no arguments, found a"},
	} {
		t.Run(name, func(t *testing.T) {
			err := Args(tc.least, tc.most)(&cobra.Command{Use: tc.use}, tc.args)
			if text(err) != tc.want {
				t.Errorf("want %q, found %v", tc.want, err)
			}
		})
	}
}

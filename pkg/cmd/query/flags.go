package query

import (
	"errors"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
)

// flags have the long names of "opa eval". Its -f and -s are left out: they
// mean something else all over kubectl.
type flags struct {
	data         []string
	input        string
	format       string
	v0Compatible bool
	source       source
	tape         tape
}

func (f *flags) add(cmd *cobra.Command) {
	set := cmd.Flags()
	set.StringArrayVarP(&f.data, "data", "d", nil,
		"Policies (.rego) and data (.json, .yaml): a file, or a directory with all below it. Can be given again.")
	set.StringVarP(&f.input, "input", "i", "", "The input document, JSON or YAML: a file, or - for standard input.")
	set.StringVar(&f.format, "format", formatJSON, "Output format: "+formatNames()+".")
	set.BoolVar(&f.v0Compatible, "v0-compatible", false, "Read policies and expression as OPA did before version 1.0.")
	f.source.add(cmd)
	f.tape.add(set)
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(formats, cobra.ShellCompDirectiveNoFileComp))
}

func (f *flags) toOptions(env *cli.Env, args []string) (Options, error) {
	if !slices.Contains(formats, f.format) {
		return Options{}, advice.Errorf("choose one of "+formatNames(), "unknown format %q", f.format)
	}
	if err := checkServer(env); err != nil {
		return Options{}, err
	}
	if f.input == "-" && f.source.readsInput() {
		return Options{}, advice.Errorf("give one of the two as a file", "--input - and --from - both want standard input")
	}
	var input []byte
	if f.input != "" {
		text, err := manifest.ReadText(f.input, env.In)
		if err != nil {
			return Options{}, err
		}
		input = []byte(text)
	}
	cluster, err := f.source.cluster(env)
	if err != nil {
		return Options{}, err
	}
	cluster, err = f.tape.wrap(env, cluster)
	if err != nil {
		return Options{}, err
	}
	return Options{
		Options: kubequery.Options{
			Expr: args[0], Paths: f.data, Input: input, V0Compatible: f.v0Compatible,
			Notify: f.tape.notify(func(event kubequery.Event) { tell(env, event) }),
		},
		Cluster: cluster,
		Keep:    f.tape.keep,
	}, nil
}

// explainFlag helps those who know the flags of "opa eval".
func explainFlag(cmd *cobra.Command, err error) error {
	ours := map[string]string{
		"f":             "the format is --format here",
		"b":             "policies and data are --data here",
		"bundle":        "policies and data are --data here",
		"I":             "input from standard input is --input - here",
		"stdin-input":   "input from standard input is --input - here",
		"o":             "the format is --format here",
		"output":        "the format is --format here",
		"v1-compatible": "Rego v1 is what is read anyway",
	}
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		if next := ours[unknown.GetSpecifiedName()]; next != "" {
			return advice.Wrap(err, "%s", next)
		}
	}
	return advice.Wrap(err, "see %s --help", cmd.CommandPath())
}

// checkServer finds the -s of "opa eval", a schema, taken for kubectl's, the
// address of the server.
func checkServer(env *cli.Env) error {
	if env.Connection == nil || env.Connection.APIServer == nil || *env.Connection.APIServer == "" {
		return nil
	}
	server := *env.Connection.APIServer
	_, missing := os.Stat(server)
	if missing == nil || slices.Contains([]string{".json", ".yaml", ".yml"}, filepath.Ext(server)) {
		return advice.Errorf("leave it out: schemas are not checked here",
			"-s %s is a file, and -s is the address of the API server here, not a schema as in opa eval", server)
	}
	return nil
}

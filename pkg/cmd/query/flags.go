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
	program

	input       string
	format      string
	profile     profile
	fail        bool
	failDefined bool
}

func (f *flags) add(cmd *cobra.Command) {
	f.program.add(cmd)
	set := cmd.Flags()
	f.addFiles(set)
	set.StringVarP(&f.input, "input", "i", "", "The input document, JSON or YAML: a file, or - for standard input.")
	set.StringVar(&f.format, "format", formatJSON, "Output format: "+formatNames()+".")
	set.BoolVar(&f.fail, "fail", false, "Exit with 1 where the expression is undefined.")
	set.BoolVar(&f.failDefined, "fail-defined", false, "Exit with 1 where the expression is defined. An empty set is: write data.authz.deny[_].")
	f.profile.add(set)
	cli.Offer(set, "format", formats...)
}

func (f *flags) toOptions(env *cli.Env, args []string) (Options, error) {
	if !slices.Contains(formats, f.format) {
		return Options{}, advice.Errorf("choose one of "+formatNames(), "unknown format %q", f.format)
	}
	if f.fail && f.failDefined {
		return Options{}, advice.Errorf("give one of the two", "--fail and --fail-defined exclude each other")
	}
	o, err := f.options(env)
	if err != nil {
		return Options{}, err
	}
	if err := f.profile.to(&o.Observe); err != nil {
		return Options{}, err
	}
	if f.input == "-" && f.source.readsInput() {
		return Options{}, advice.Errorf("give one of the two as a file", "--input - and --from - both want standard input")
	}
	if f.input != "" {
		text, err := manifest.ReadText(f.input, env.In)
		if err != nil {
			return Options{}, err
		}
		o.Input = []byte(text)
	}
	cluster, err := f.cluster(env)
	if err != nil {
		return Options{}, err
	}
	o.Expr = args[0]
	return Options{Options: o, Cluster: cluster, Keep: f.tape.keep}, nil
}

// verdict is the exit code that was asked for, as an error.
func (f *flags) verdict(result kubequery.Result) error {
	if f.fail && !result.Defined() || f.failDefined && result.Defined() {
		return cli.ErrFinding
	}
	return nil
}

// explainFlag helps those who know the flags of "opa eval".
func explainFlag(cmd *cobra.Command, err error) error {
	ours := map[string]string{
		"f":             "the format is --format here",
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

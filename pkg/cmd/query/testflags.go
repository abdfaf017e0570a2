package query

import (
	"errors"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
)

// testFlags have the long names of "opa test".
type testFlags struct {
	program

	bundle     bool
	run        string
	timeout    time.Duration
	threshold  float64
	verbose    bool
	allowEmpty bool
	output     cli.ReportOutput
}

func (f *testFlags) add(cmd *cobra.Command) {
	f.program.add(cmd)
	set := cmd.Flags()
	set.BoolVarP(&f.bundle, "bundle", "b", false, "Each PATH is a bundle of OPA: a directory or a .tar.gz file.")
	set.StringVarP(&f.run, "run", "r", "", "Run only tests whose full names, such as data.authz_test.test_denied, match this regular expression.")
	set.DurationVar(&f.timeout, "timeout", kubequery.DefaultTestTimeout, "How long one test may take.")
	set.Float64Var(&f.threshold, "threshold", 0, "Exit with 1 where less than this percentage of the lines was evaluated. Implies --coverage.")
	set.BoolVar(&f.verbose, "verbose", false, "Show the tests that pass, too, and what they print.")
	set.BoolVar(&f.allowEmpty, "allow-empty", false, "Exit with 0 where there is no test to run.")
	f.output.Formats = []string{"pretty", "json", "yaml", "junit"}
	f.output.AddFlags(set)
}

func (f *testFlags) toOptions(env *cli.Env, paths []string) (TestOptions, error) {
	if err := f.output.Validate(); err != nil {
		return TestOptions{}, err
	}
	switch {
	case !(f.threshold >= 0 && f.threshold <= 100): // so that NaN is refused
		return TestOptions{}, advice.Errorf("give a percentage, 0 to 100", "--threshold %v is none", f.threshold)
	case f.timeout <= 0:
		return TestOptions{}, advice.Errorf("give a duration, such as 30s", "--timeout %s leaves no time", f.timeout)
	}
	o, err := f.options(env)
	if err != nil {
		return TestOptions{}, err
	}
	o.Observe.Coverage = o.Observe.Coverage || f.threshold > 0
	o.Paths = paths
	if f.bundle {
		o.Paths, o.Bundles = nil, paths
	}
	cluster, err := f.cluster(env)
	if err != nil {
		return TestOptions{}, err
	}
	return TestOptions{
		TestOptions: kubequery.TestOptions{Options: o, Run: f.run, Timeout: f.timeout},
		Cluster:     cluster, Keep: f.tape.keep,
	}, nil
}

// explainTestFlag helps those who know the flags of "opa test".
func explainTestFlag(cmd *cobra.Command, err error) error {
	ours := map[string]string{
		"f":                    "the format is --output here",
		"format":               "the format is --output here",
		"c":                    "the coverage is --coverage here",
		"z":                    "skipped tests are no failure here",
		"exit-zero-on-skipped": "skipped tests are no failure here",
		"fail-on-empty":        "that there is no test is exit code 3 here",
		"p":                    "tests run one after the other here",
		"parallel":             "tests run one after the other here",
		"var-values":           "the trace is --explain full here",
		"v1-compatible":        "Rego v1 is what is read anyway",
	}
	if isVerbosity(err) {
		return advice.Wrap(err, "all tests are shown with --verbose here; -v takes a number, and shows requests")
	}
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		if next := ours[unknown.GetSpecifiedName()]; next != "" {
			return advice.Wrap(err, "%s", next)
		}
	}
	return advice.Wrap(err, "see %s --help", cmd.CommandPath())
}

// isVerbosity tells whether -v was taken for that of "opa test", which has no
// value.
func isVerbosity(err error) bool {
	var missing *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	return errors.As(err, &missing) && missing.GetSpecifiedName() == "v" ||
		errors.As(err, &invalid) && invalid.GetFlag().Name == "v"
}

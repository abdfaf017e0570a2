package query

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/encode"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
	"github.com/kubectl-opa/kubectl-opa/pkg/ui"
)

// newTest is "query test".
func newTest(env *cli.Env) *cobra.Command {
	f := &testFlags{}
	cmd := &cobra.Command{
		Use:   "test PATH...",
		Short: "Run the tests of policies that ask the Kubernetes API",
		Long: `Run the tests of policies, as "opa test" does: rules whose names begin with test_. The functions
of kubernetes.api.client ask the cluster of the kubeconfig, each test anew, or what --from or
--replay say; a test that replaces them needs none:

  test_denied if {
    count(authz.deny) == 1 with input as review with client.query_name_ns as owned_by_team_a
  }

A rule that begins with todo_test_ is skipped, and shown. The exit code is 0 where all tests pass,
1 where one fails or the coverage is below the threshold, 2 where one cannot be evaluated, and 3
where there is none to run.`,
		Example: `  # All tests of a folder, and what they leave out
  kubectl opa query test policies --coverage

  # For a pipeline
  kubectl opa query test policies --threshold 80 -o pretty -o junit=tests.xml`,
		Args: cli.Args(1, -1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := f.toOptions(env, args)
			if err != nil {
				return err
			}
			progress := env.NewProgress()
			tell := o.Notify
			o.Notify = func(event kubequery.Event) {
				if _, ok := event.(kubequery.Testing); ok {
					progress.Say(event.String())
					return
				}
				progress.Done()
				tell(event)
			}
			run, err := o.Run(cmd.Context())
			progress.Done()
			if err != nil {
				return err
			}
			views := cli.Views{
				"pretty": func(out io.Writer, theme *ui.Theme) error { return writeTests(out, theme, run, f.verbose) },
				"junit":  func(out io.Writer, _ *ui.Theme) error { return encode.JUnit(out, testSuites(run)) },
			}
			return errors.Join(f.output.PrintViews(env, testReport(run), views), f.verdict(env, run))
		},
	}
	f.add(cmd)
	cmd.SetFlagErrorFunc(explainTestFlag)
	cmd.ValidArgsFunction = func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return nil, cobra.ShellCompDirectiveDefault
	}
	return cmd
}

// TestOptions are what a run of tests needs.
type TestOptions struct {
	kubequery.TestOptions
	// Cluster is asked nothing before a function is called.
	Cluster kubequery.Cluster
	// Keep keeps what was asked, once the run has ended, with or without an
	// error; nil keeps nothing.
	Keep func(run error) error
}

// Run runs the tests.
func (o TestOptions) Run(ctx context.Context) (kubequery.TestRun, error) {
	run, err := kubequery.Test(ctx, o.Cluster, o.TestOptions)
	return run, kept(o.Keep, err)
}

// verdict is the exit code of a run, as an error.
func (f *testFlags) verdict(env *cli.Env, run kubequery.TestRun) error {
	if broken := run.Count(kubequery.TestError); broken > 0 {
		return fmt.Errorf("%d of %d tests could not be evaluated", broken, len(run.Tests))
	}
	if len(run.Tests) == run.Count(kubequery.TestSkipped) && !f.allowEmpty {
		return f.nothing(run)
	}
	below := run.Coverage != nil && run.Coverage.Percent < f.threshold
	if below {
		env.Warn(fmt.Sprintf("%s of the lines were evaluated, less than the threshold of %v %%", percent(run.Coverage.Percent), f.threshold))
	}
	if below || run.Count(kubequery.TestFailed) > 0 {
		return cli.ErrFinding
	}
	return nil
}

// nothing says why no test ran.
func (f *testFlags) nothing(run kubequery.TestRun) error {
	switch {
	case len(run.Tests) > 0:
		return fmt.Errorf("%w: every test is marked as todo_test_", cli.ErrNothing)
	case f.run != "":
		return advice.Wrap(fmt.Errorf("%w: no test matches --run %s", cli.ErrNothing, advice.Quote(f.run)),
			"it is compared with full names, such as data.authz_test.test_denied")
	default:
		return advice.Wrap(fmt.Errorf("%w: there are no tests", cli.ErrNothing), "tests are rules whose names begin with test_")
	}
}

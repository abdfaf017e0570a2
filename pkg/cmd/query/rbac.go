package query

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/leastrbac"
)

// newRBAC is "query rbac".
func newRBAC(env *cli.Env) *cobra.Command {
	f := &rbacFlags{}
	cmd := &cobra.Command{
		Use:   "rbac [EXPR]",
		Short: "Print the least RBAC that policies need to ask the Kubernetes API",
		Long: `Print the least roles that policies need for what they ask the Kubernetes API, and bind them to a
ServiceAccount. With --check nothing is printed but whether the current user has these rights.

What policies ask is found in their code: every call of the client that a rule can reach, tests
left out, or that EXPR can reach. A word may be a constant, or come from one through variables,
rules, sets and functions. A constant namespace makes a Role there, a constant name a rule for that
object alone; what is not constant may be any, so that a ClusterRole is needed.

Where the resource itself comes from the input or from data, the code alone cannot tell, and
nothing is printed. Record a run, or several, with "query --record FILE", and give --recorded FILE:
such calls then need what they asked there, and it is said that other inputs may need more. Of
Secrets nothing more than these. --recorded-only prints what exactly these runs needed.

What a word such as "deploy" means is found in the recordings, else in the cluster or --from.

The exit code is 1 where the code cannot tell, or with --check where a right is missing.`,
		Example: `  # The roles and bindings for what a policy asks
  kubectl opa query rbac -d policy.rego

  # For one rule of it, and a ServiceAccount of another name
  kubectl opa query rbac data.authz.deny -d policy.rego --serviceaccount opa -n opa-system

  # May I do that? May the ServiceAccount?
  kubectl opa query rbac -d policy.rego --check
  kubectl opa query rbac -d policy.rego --check --as system:serviceaccount:default:opa-kubernetes-api-client

  # A policy that takes the resource from its input: a run was recorded with "query … --record authz.json"
  kubectl opa query rbac -d authz.rego --recorded authz.json

  # Which line needs what
  kubectl opa query rbac -d policy.rego -o table`,
		Args: cli.Args(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := f.toOptions(env, cmd.CommandPath(), args)
			if err != nil {
				return err
			}
			result, err := o.Run(cmd.Context())
			if err != nil {
				return err
			}
			if len(result.Unknown) > 0 {
				return errors.Join(tellUnknown(env, o, result.Unknown), cli.ErrFinding)
			}
			tellRules(env, o, result.Rules)
			if f.check {
				return errors.Join(f.report.Print(env, rbacReport(result), rbacTable(result)), rbacVerdict(env, result))
			}
			return f.print(env, o, result)
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	f.add(cmd)
	cmd.SetFlagErrorFunc(explainFlag)
	return cmd
}

// RBACOptions are what finding the least rights needs.
type RBACOptions struct {
	// Options say which policies; without an expression all their rules count.
	kubequery.Options
	// Recordings are what recorded runs asked.
	Recordings []leastrbac.Recording
	// RecordedOnly leaves the policies out.
	RecordedOnly bool
	// Resolver says what words mean. It is asked nothing before there is one.
	Resolver leastrbac.Resolver
	// Authorizer says whether the current user has a right; nil if nobody asks.
	Authorizer leastrbac.Authorizer
	// Subject gets the rights.
	Subject leastrbac.Subject
}

// RBACResult are the rights, and perhaps what the cluster says of them.
type RBACResult struct {
	leastrbac.Result
	// Verdicts are those of all rules, or nil.
	Verdicts []leastrbac.Verdict
}

// Run finds the rights. Where calls are unknown, nothing is asked about the
// others.
func (o RBACOptions) Run(ctx context.Context) (RBACResult, error) {
	result, err := o.find(ctx)
	if err != nil || len(result.Unknown) > 0 || o.Authorizer == nil {
		return RBACResult{Result: result}, err
	}
	verdicts, err := result.Rules.Check(ctx, o.Authorizer)
	return RBACResult{Result: result, Verdicts: verdicts}, err
}

func (o RBACOptions) find(ctx context.Context) (leastrbac.Result, error) {
	if o.RecordedOnly {
		rules, err := leastrbac.Recorded(o.Recordings)
		return leastrbac.Result{Rules: rules}, err
	}
	options, whole := o.Options, o.Expr == ""
	if whole {
		options.Expr = "true"
	}
	program, err := kubequery.Compile(ctx, options)
	if err != nil {
		return leastrbac.Result{}, err
	}
	return leastrbac.Find(ctx, o.Resolver, leastrbac.Calls(program, whole), o.Recordings)
}

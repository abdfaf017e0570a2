package query

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/kubectl-opa/kubectl-opa/pkg/cli"
)

// newSetup is "query setup".
func newSetup(env *cli.Env) *cobra.Command {
	f := &setupFlags{}
	cmd := &cobra.Command{
		Use:   "setup [EXPR]",
		Short: "Let an OPA in the cluster ask the Kubernetes API, with the rights that its policies need",
		Long: `Make what an OPA in a cluster needs to run policies that ask the Kubernetes API:

  ServiceAccount   whom it asks as; its token is not mounted into Pods
  Secret           its token, which the cluster's token controller makes
  roles, bindings  what the policies need, as "query rbac" finds it, and nothing more
  ConfigMap        a bundle: the client in plain Rego, what the cluster serves, and the policies
  a patch          for the Deployment of OPA: the token and the certificate authority in its
                   environment, the bundle as a volume, and OPA_RUN_SET, which loads it

Without --apply and --verify the manifests are printed, or written with --output-dir, with the patch
beside them. --apply sends them by server-side apply, waits for the token, and with --deployment
changes that Deployment. --verify looks whether all is there: it asks the API server as the
ServiceAccount who that is, and whether each right is granted.

The client of the bundle has the functions and the results of "query", with these differences: lists
come in one piece, and an unknown resource is an answer with the status code 404, since plain Rego
cannot end an evaluation. Where definitions of custom resources change, apply it again: the table of
resources is in the bundle.

The token is never printed. --env-file writes it, for an OPA outside of the cluster, into a file
that only you can read.`,
		Example: `  # Look at it first
  kubectl opa query setup -d policies -n opa

  # Apply it, change the Deployment "opa", and look whether it works
  kubectl opa query setup -d policies -n opa --apply --deployment opa --verify

  # Manifests for git
  kubectl opa query setup -d policies -n opa --output-dir deploy/`,
		Args: cli.Args(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := f.toOptions(cmd.Context(), env, args)
			if err != nil {
				return err
			}
			result, err := o.Run(cmd.Context())
			return errors.Join(f.print(env, o, result), err)
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	f.add(cmd)
	return cmd
}

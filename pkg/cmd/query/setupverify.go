package query

import (
	"context"

	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery/setup"
)

// verifyAll looks at what there is, and then asks as the ServiceAccount.
func (o SetupOptions) verifyAll(ctx context.Context, result *SetupResult) error {
	var live setup.Live
	var err error
	if live.Account, err = o.live(ctx, "ServiceAccount", o.Namespace, o.Name); err != nil {
		return err
	}
	if err = o.readSecret(ctx, result); err != nil {
		return err
	}
	live.Secret = result.Secret
	if live.Config, err = o.live(ctx, "ConfigMap", o.Namespace, o.Name); err != nil {
		return err
	}
	result.Checks = o.Check(live)
	if o.Deployment != "" {
		deployment, err := o.live(ctx, "Deployment", o.Namespace, o.Deployment)
		if err != nil {
			return err
		}
		result.Checks = append(result.Checks, o.CheckDeployment(o.Deployment, o.Container, deployment))
	}
	left, err := o.leftRights(ctx)
	if err != nil {
		return err
	}
	result.Checks = append(result.Checks, left...)
	if setup.Token(result.Secret) == "" {
		return nil // the check of the Secret says so
	}
	return o.verifyAccount(ctx, result)
}

// verifyAccount asks the API server with the token.
func (o SetupOptions) verifyAccount(ctx context.Context, result *SetupResult) error {
	account, err := o.Client.WithToken(setup.Token(result.Secret))
	if err != nil {
		return err
	}
	identity := setup.Check{Name: "token", Next: "delete the Secret " + o.Name + " and apply it again, for a new token"}
	name, err := account.Username(ctx)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		identity.Problem = err.Error()
	case name != o.Subject():
		identity.Problem = "the API server takes it for " + name + ", not " + o.Subject()
	}
	result.Checks = append(result.Checks, identity)
	if identity.Problem != "" {
		return nil
	}
	rights, err := o.verifyRights(ctx, account)
	result.Checks = append(result.Checks, rights...)
	return err
}

// verifyRights asks for each right whether it is granted.
func (o SetupOptions) verifyRights(ctx context.Context, account *kube.Client) ([]setup.Check, error) {
	verdicts, err := o.Rules.Check(ctx, account)
	if err != nil {
		return nil, err
	}
	checks := []setup.Check{}
	for _, verdict := range verdicts {
		check := setup.Check{Name: "right to " + verdict.String(), Next: "apply the roles again with --apply"}
		if !verdict.Allowed {
			check.Problem = "it is not granted"
			if verdict.Reason != "" {
				check.Problem += ": " + verdict.Reason
			}
		}
		checks = append(checks, check)
	}
	return checks, nil
}

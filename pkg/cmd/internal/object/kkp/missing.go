package kkp

import (
	"context"
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/cmd/internal/object"
	"github.com/kubectl-opa/kubectl-opa/pkg/fleet"
	"github.com/kubectl-opa/kubectl-opa/pkg/kube"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// missingCopies compares the copies of a Default Constraint on the clusters
// that KKP looks at with the Default Constraint as it is now. All is read anew:
// it is asked again and again. What may not be read cannot be waited for.
func missingCopies(ctx context.Context, live *object.Live, item *unstructured.Unstructured) ([]string, error) {
	wanted, err := live.DefaultConstraint(ctx, item.GetName())
	if missing, err := notThere(err, "Default Constraint "+item.GetName()+" is not there"); missing != nil || err != nil {
		return missing, err
	}
	clusters, err := live.KKP.Clusters(ctx)
	if err != nil {
		return nil, blind(err)
	}
	constraints, err := live.KKP.Constraints(ctx, "")
	if err != nil {
		return nil, blind(err)
	}
	targets, err := whom(ctx, live, wanted, clusters)
	if err != nil {
		return nil, err
	}
	if targets == nil || constraints == nil {
		return nil, advice.Errorf("the change is made; leave --wait out, or ask for the right to list clusters and constraints",
			"cannot wait for KKP's copies of %s without seeing them", wanted.Name)
	}
	missing := []string{}
	for _, target := range targets {
		found := named(constraints, target.Namespace, wanted.Name)
		switch {
		case target.Reach != fleet.Reached:
		case found == nil:
			missing = append(missing, fmt.Sprintf("%s is not on cluster %s", wanted.Name, target.Title()))
		case !fleet.IsCopy(found) || !policy.EqualSpec(found.Spec, wanted.Spec):
			missing = append(missing, fmt.Sprintf("%s on cluster %s is not up to date", wanted.Name, target.Title()))
		}
	}
	return missing, nil
}

// blind is the error of a wait that cannot look.
func blind(err error) error {
	return advice.Wrap(fmt.Errorf("cannot see whether KKP has followed: %w", err), "the change itself is made: leave --wait out")
}

// notThere turns the error about an object that does not exist into what is
// missing.
func notThere(err error, missing string) ([]string, error) {
	if errors.Is(err, kube.ErrNotFound) {
		return []string{missing}, nil
	}
	return nil, err
}

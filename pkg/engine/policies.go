package engine

import (
	"context"
	"fmt"

	"github.com/open-policy-agent/gatekeeper/v3/pkg/util"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/compile"
)

func (e *Enforcer) addTemplate(ctx context.Context, object *unstructured.Unstructured) error {
	template, err := compile.Internal(object)
	if err != nil {
		return err
	}
	if err := e.engine.addTemplate(ctx, template); err != nil {
		return err
	}
	delete(e.readers, template.Name)
	if reads(template, e.target, "data", "inventory") {
		e.readers[template.Name] = true
	}
	return nil
}

func (e *Enforcer) addConstraint(ctx context.Context, object *unstructured.Unstructured) error {
	if e.point != Gator {
		if err := admit(object); err != nil {
			return err
		}
	}
	return e.engine.addConstraint(ctx, object)
}

// longestName is how long names of Gatekeeper's objects can be: they become
// values of labels.
const longestName = 63

// admit does what the webhook does with constraints beside having the client
// look at them. gator does not.
func admit(constraint *unstructured.Unstructured) error {
	if length := len(constraint.GetName()); length > longestName {
		return advice.Errorf(fmt.Sprintf("give it a name of %d characters at most", longestName),
			"resource cannot have metadata.name larger than %d char; length: %d", longestName, length)
	}
	action, _, err := unstructured.NestedString(constraint.Object, "spec", "enforcementAction")
	if err != nil || action == "" {
		return err
	}
	return util.ValidateEnforcementAction(util.EnforcementAction(action), constraint.Object)
}

package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	constraintclient "github.com/open-policy-agent/frameworks/constraint/pkg/client"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/util"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/compile"
)

func (e *Enforcer) addTemplate(ctx context.Context, object *unstructured.Unstructured) error {
	template, err := compile.Internal(object)
	if err != nil {
		return err
	}
	// The engine may drop them.
	var operations []admissionv1.OperationType
	for _, target := range template.Spec.Targets {
		operations = slices.Clone(target.Operations)
	}
	if err := e.engine.addTemplate(ctx, template); err != nil {
		if strings.Contains(err.Error(), "undefined function external_data") {
			return advice.Wrap(err, "leave the template out: external data cannot be asked for here")
		}
		return err
	}
	modules := regoOf(template, e.target)
	delete(e.readers, template.Name)
	if slices.ContainsFunc(modules, readsInventory) {
		e.readers[template.Name] = true
	}
	e.tellTemplate(object, template, operations, modules)
	return nil
}

func (e *Enforcer) addConstraint(ctx context.Context, object *unstructured.Unstructured) error {
	if e.point != Gator {
		if err := e.target.admit(object); err != nil {
			return err
		}
	}
	if err := e.engine.addConstraint(ctx, object); err != nil {
		if errors.Is(err, constraintclient.ErrMissingConstraintTemplate) {
			return advice.Wrap(err, "give its template, too: a ConstraintTemplate with the name %s", strings.ToLower(object.GetKind()))
		}
		return err
	}
	return e.tellConstraint(object)
}

// longestName is how long names of Gatekeeper's objects can be: they become
// values of labels.
const longestName = 63

// admit does what the webhook does with constraints beside having the client
// look at them. gator does not.
func (v Version) admit(constraint *unstructured.Unstructured) error {
	if length := len(constraint.GetName()); length > longestName {
		return advice.Errorf(fmt.Sprintf("give it a name of %d characters at most", longestName),
			"resource cannot have metadata.name larger than %d char; length: %d", longestName, length)
	}
	action, _, err := unstructured.NestedString(constraint.Object, "spec", "enforcementAction")
	if err != nil || action == "" {
		return err
	}
	return v.checkAction(util.EnforcementAction(action), constraint)
}

// Package engine tells what Gatekeeper says of objects. It drives Gatekeeper's
// own client, target and CEL engine, and regodriver in the place of the
// frameworks' Rego driver.
package engine

import (
	"context"
	"fmt"

	constraintclient "github.com/open-policy-agent/frameworks/constraint/pkg/client"
	"github.com/open-policy-agent/frameworks/constraint/pkg/core/templates"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/drivers/k8scel"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/util"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-opa/kubectl-opa/pkg/compile"
	"github.com/kubectl-opa/kubectl-opa/pkg/engine/regodriver"
)

// Point is an enforcement point: who asks. Scoped enforcement actions name it.
type Point string

// The enforcement points that review objects.
const (
	Webhook Point = util.WebhookEnforcementPoint
	Audit   Point = util.AuditEnforcementPoint
	Gator   Point = util.GatorEnforcementPoint
)

// Options say which Gatekeeper is meant.
type Options struct {
	// Point is who asks; it must be set.
	Point Point
	// Target is the version of Gatekeeper; the newest one if it is not set. One
	// without the CEL engine judges a template with both engines by its Rego, and
	// refuses one with CEL alone.
	Target Version
	// DisabledBuiltins are the builtins of Rego that templates may not call.
	DisabledBuiltins []string
}

// Engine holds templates, constraints and inventory and reviews objects.
// Several goroutines may use it at once.
type Engine struct {
	client     *constraintclient.Client
	point      Point
	target     Version
	namespaces knownNamespaces
}

// New makes an engine without policies.
func New(options Options) (*Engine, error) {
	rego, err := regodriver.New(regodriver.Options{DisabledBuiltins: options.DisabledBuiltins, Failed: noteFailure})
	if err != nil {
		return nil, err
	}
	args := []constraintclient.Opt{
		constraintclient.Targets(&gatekeeper{}),
		constraintclient.EnforcementPoints(string(options.Point)),
	}
	if options.Target.has(withCEL) {
		cel, err := k8scel.New()
		if err != nil {
			return nil, fmt.Errorf("starting Gatekeeper's CEL engine: %w", err)
		}
		// Before Rego: the order decides for templates that have both.
		args = append(args, constraintclient.Driver(witness{wholeRequest{cel}}))
	}
	client, err := constraintclient.NewClient(append(args, constraintclient.Driver(witness{rego}))...)
	if err != nil {
		return nil, fmt.Errorf("starting Gatekeeper's engine: %w", err)
	}
	return &Engine{client: client, point: options.Point, target: options.Target}, nil
}

// AddTemplate compiles a template (templates.gatekeeper.sh) and replaces the
// one of its name. The errors are Gatekeeper's.
func (e *Engine) AddTemplate(ctx context.Context, object *unstructured.Unstructured) error {
	template, err := compile.Internal(object)
	if err == nil {
		err = e.addTemplate(ctx, template)
	}
	if err != nil {
		return fmt.Errorf("adding template %q: %w", object.GetName(), err)
	}
	return nil
}

func (e *Engine) addTemplate(ctx context.Context, template *templates.ConstraintTemplate) error {
	if err := e.target.outdate(template); err != nil {
		return err
	}
	_, err := e.client.AddTemplate(ctx, template)
	return err
}

// AddConstraint adds or replaces a constraint, with the defaults of its
// template's schema. Its template has to be there before.
func (e *Engine) AddConstraint(ctx context.Context, object *unstructured.Unstructured) error {
	if err := e.addConstraint(ctx, object); err != nil {
		return fmt.Errorf("adding constraint %s %q: %w", object.GetKind(), object.GetName(), err)
	}
	return nil
}

func (e *Engine) addConstraint(ctx context.Context, object *unstructured.Unstructured) error {
	_, err := e.client.AddConstraint(ctx, object)
	return err
}

// AddData puts an object into the inventory that templates read, and a
// Namespace where namespace selectors look, too.
func (e *Engine) AddData(ctx context.Context, object *unstructured.Unstructured) error {
	if _, err := e.client.AddData(ctx, object); err != nil {
		return fmt.Errorf("adding %s %s/%s to the inventory: %w", object.GetKind(), object.GetNamespace(), object.GetName(), err)
	}
	return nil
}

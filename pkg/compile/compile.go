// Package compile tells whether a template is sound, by Gatekeeper's own
// compilation: the client that its webhook uses, with both of its engines.
package compile

import (
	"context"
	"fmt"
	"strings"
	"sync"

	templatesv1 "github.com/open-policy-agent/frameworks/constraint/pkg/apis/templates/v1"
	templatesv1alpha1 "github.com/open-policy-agent/frameworks/constraint/pkg/apis/templates/v1alpha1"
	templatesv1beta1 "github.com/open-policy-agent/frameworks/constraint/pkg/apis/templates/v1beta1"
	constraintclient "github.com/open-policy-agent/frameworks/constraint/pkg/client"
	"github.com/open-policy-agent/frameworks/constraint/pkg/client/drivers/rego"
	"github.com/open-policy-agent/frameworks/constraint/pkg/core/templates"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/drivers/k8scel"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/target"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/util"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/policy"
)

// Diagnostic is one reason why a template does not compile.
type Diagnostic struct {
	// Module is "rego" or "libs[N]" where the reason stands in Rego code.
	Module string
	// Path leads to the field of the template where there is no module.
	Path []any
	// Row and Column count from 1 inside the module; 0 is unknown.
	Row, Column int
	Message     string
}

// String gives the diagnostic on one line.
func (d Diagnostic) String() string {
	switch {
	case d.Module == "":
		return (&policy.FieldError{Path: d.Path, Problem: d.Message}).Error()
	case d.Column > 0:
		return fmt.Sprintf("%s:%d:%d: %s", d.Module, d.Row, d.Column, d.Message)
	default:
		return fmt.Sprintf("%s:%d: %s", d.Module, d.Row, d.Message)
	}
}

// Error says why a template does not compile.
type Error struct {
	Diagnostics []Diagnostic
	// Next is what the user can do, where that is known.
	Next string
	err  error
}

// Error gives all diagnostics, one a line.
func (e *Error) Error() string {
	lines := make([]string, len(e.Diagnostics))
	for i, diagnostic := range e.Diagnostics {
		lines[i] = diagnostic.String()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns Gatekeeper's error.
func (e *Error) Unwrap() error { return e.err }

// scheme knows how Gatekeeper's template API turns into its internal form.
var scheme = sync.OnceValues(func() (*runtime.Scheme, error) {
	known := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{templatesv1.AddToScheme, templatesv1beta1.AddToScheme, templatesv1alpha1.AddToScheme} {
		if err := add(known); err != nil {
			return nil, fmt.Errorf("preparing Gatekeeper's template API: %w", err)
		}
	}
	return known, nil
})

// Template compiles a Gatekeeper template (templates.gatekeeper.sh/v1) and
// returns nil or an *Error.
func Template(ctx context.Context, object *unstructured.Unstructured) error {
	template, err := Internal(object)
	if err != nil {
		return &Error{Diagnostics: []Diagnostic{{Message: err.Error()}}, err: err}
	}
	client, err := NewClient()
	if err != nil {
		return err
	}
	if _, err := client.AddTemplate(ctx, template); err != nil {
		return diagnose(template, err)
	}
	return nil
}

// NewClient makes Gatekeeper's client as its webhook has it: its target, CEL
// before Rego, and the webhook's enforcement point.
func NewClient() (*constraintclient.Client, error) {
	cel, err := k8scel.New()
	if err != nil {
		return nil, fmt.Errorf("starting Gatekeeper's CEL engine: %w", err)
	}
	regoDriver, err := rego.New()
	if err != nil {
		return nil, fmt.Errorf("starting Gatekeeper's Rego engine: %w", err)
	}
	client, err := constraintclient.NewClient(
		constraintclient.Targets(&target.K8sValidationTarget{}),
		constraintclient.Driver(cel),
		constraintclient.Driver(regoDriver),
		constraintclient.EnforcementPoints(util.WebhookEnforcementPoint),
	)
	if err != nil {
		return nil, fmt.Errorf("starting Gatekeeper's engine: %w", err)
	}
	return client, nil
}

// Internal turns a template into the form that Gatekeeper's client takes, with
// the defaults of its version: v1, v1beta1 or v1alpha1.
func Internal(object *unstructured.Unstructured) (*templates.ConstraintTemplate, error) {
	known, err := scheme()
	if err != nil {
		return nil, err
	}
	versioned, err := known.New(object.GroupVersionKind())
	if err != nil {
		return nil, fmt.Errorf("reading the template: Gatekeeper has v1, v1beta1 and v1alpha1 of templates.gatekeeper.sh, and this is %s", advice.Quote(object.GetAPIVersion()))
	}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, versioned); err != nil {
		return nil, fmt.Errorf("reading the template: %w", err)
	}
	known.Default(versioned)
	internal := &templates.ConstraintTemplate{}
	if err := known.Convert(versioned, internal, nil); err != nil {
		return nil, fmt.Errorf("reading the template: %w", err)
	}
	return internal, nil
}
